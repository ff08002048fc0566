// ONNX Runtime on the CPU, two threads: node onnxruntime.js encoder FILE BATCH LENGTH, encoder FILE LENGTHS.json (an array), or gpt2 FILE TOKENS. A line of JSON.
const fs = require('fs'), ort = require('onnxruntime-node');

const threads = Number(process.env.THREADS ?? 2), runs = Number(process.env.RUNS ?? 9);

async function measure(action) {
  const warm = performance.now();
  for (let i = 0; i < 2 || performance.now() - warm < 1000; i++) await action();
  const times = [];
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    await action();
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return { ms_min: times[0], ms_median: times[times.length >> 1], repeats: runs };
}

function integers(values, shape) {
  return new ort.Tensor('int64', BigInt64Array.from(values, BigInt), shape);
}

// Sequences of random ids, filled up to the longest.
function padded(lengths) {
  const longest = Math.max(...lengths), ids = [], mask = [];
  for (const length of lengths) {
    for (let i = 0; i < longest; i++) {
      ids.push(i < length ? 5 + (i * 7919 + length) % 30000 : 0);
      mask.push(i < length ? 1 : 0);
    }
  }
  const shape = [lengths.length, longest];
  return { ids: integers(ids, shape), mask: integers(mask, shape) };
}

async function main([what, file, ...rest]) {
  const session = await ort.InferenceSession.create(file, { intraOpNumThreads: threads, interOpNumThreads: 1 });
  let result;
  if (what === 'encoder') {
    const lengths = rest.length === 2 ? Array(Number(rest[0])).fill(Number(rest[1])) : JSON.parse(fs.readFileSync(rest[0]));
    const feeds = padded(lengths);
    result = { sequences: lengths.length, tokens: lengths.reduce((a, b) => a + b), ...await measure(() => session.run(feeds)) };
  } else {
    const tokens = Number(rest[0]);
    result = { tokens, ...await measure(async () => {
      let past = new ort.Tensor('float32', new Float32Array(0), [24, 12, 0, 64]);
      for (let i = 0, id = 5; i < tokens; i++) {
        const { logits, present } = await session.run({ ids: integers([id], [1, 1]), past });
        const values = logits.data;
        id = 0;
        for (let j = 1; j < values.length; j++) if (values[j] > values[id]) id = j;
        past = present;
      }
    }) };
  }
  console.log(JSON.stringify({ what: `onnxruntime ${what}`, ...result, threads, version: ort.env.versions.node }));
}

main(process.argv.slice(2));
