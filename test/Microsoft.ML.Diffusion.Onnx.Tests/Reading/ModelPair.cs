using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Tensor = Microsoft.ML.Diffusion.Compute.Tensor;

namespace Microsoft.ML.Diffusion.Tests.Reading;

/// <summary>One ONNX file, run by ONNX Runtime and by this library.</summary>
public sealed class ModelPair : IDisposable
{
    private readonly InferenceSession _session;
    private readonly EncoderWithHead _model;
    private readonly string _architecture;

    public ModelPair(byte[] onnx, EncoderModel model) : this(new InferenceSession(onnx, Options()), model)
    {
    }

    public ModelPair(string path, EncoderModel model) : this(new InferenceSession(path, Options()), model)
    {
    }

    private ModelPair(InferenceSession session, EncoderModel model)
    {
        _session = session;
        Engine engine = CpuEngine.Shared;
        using Checkpoints.ModelFile file = model.Files.Open("config.json");
        using var json = System.Text.Json.JsonDocument.Parse(file.ReadAllBytes(1 << 20));
        _architecture = json.RootElement.GetProperty("architectures")[0].GetString()!;
        TaskKind? kind = TaskConfiguration.FindKind(model.Files.OpenConfiguration());
        _model = _architecture.EndsWith("ForMaskedLM", StringComparison.Ordinal) ? model.LoadMaskedLanguageModel(engine)
            : kind is TaskKind task ? model.LoadTask(task, engine)
            : model.LoadForTask(new TaskConfiguration(TaskKind.TokenClassification, ["A", "B"]), engine, seed: 1);
    }

    /// <summary>The longest sequence.</summary>
    public int MaxLength => _model.Configuration.MaxLength;

    public int VocabularySize => _model.Configuration.VocabularySize;

    /// <summary>The differences, on random sequences of some lengths.</summary>
    public Agreement Compare(int seed, params int[] lengths)
    {
        var random = new Random(seed);
        // From 5 on: neither padding nor special tokens, from which some graphs compute positions.
        return Compare([.. lengths.Select(length => Enumerable.Range(0, length).Select(_ => random.Next(5, VocabularySize)).ToArray())]);
    }

    /// <summary>The differences, on some sequences.</summary>
    public Agreement Compare(int[][] sequences)
    {
        bool hasTypes = _session.InputMetadata.ContainsKey("token_type_ids") && _model.Configuration.Embeddings.TokenTypes > 1;
        int[][] types = [.. sequences.Select(sequence => sequence.Select((_, i) => hasTypes && i > sequence.Length / 2 ? 1 : 0).ToArray())];
        (float[] expected, int columns) = _session.InputMetadata.ContainsKey("attention_mask")
            ? Run(sequences, types)
            : Join([.. sequences.Select((sequence, i) => Run([sequence], [types[i]]))]);
        return Agreement.Of(expected, Compute(sequences, types), columns);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _session.Dispose();
        _model.Dispose();
    }

    // The file is run as it is: optimizing a small model takes longer than running it.
    private static SessionOptions Options() =>
        new() { IntraOpNumThreads = 1, GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL };

    private static (float[] Values, int Columns) Join((float[] Values, int Columns)[] parts) =>
        ([.. parts.SelectMany(part => part.Values)], parts[0].Columns);

    private (float[] Values, int Columns) Run(int[][] sequences, int[][] types)
    {
        int length = sequences.Max(sequence => sequence.Length);
        int[] shape = [sequences.Length, length];
        var tensors = new Dictionary<string, DenseTensor<long>>
        {
            ["input_ids"] = new(shape),
            ["attention_mask"] = new(shape),
            ["token_type_ids"] = new(shape),
        };
        for (int i = 0; i < sequences.Length; i++)
        {
            for (int j = 0; j < length; j++)
            {
                bool isToken = j < sequences[i].Length;
                tensors["input_ids"][i, j] = isToken ? sequences[i][j] : _model.Configuration.PadToken;
                tensors["attention_mask"][i, j] = isToken ? 1 : 0;
                tensors["token_type_ids"][i, j] = isToken ? types[i][j] : 0;
            }
        }
        NamedOnnxValue[] inputs = [.. _session.InputMetadata.Keys.Select(name => NamedOnnxValue.CreateFromTensor(name, tensors[name]))];
        bool isAnswer = _architecture.EndsWith("ForQuestionAnswering", StringComparison.Ordinal) && _session.OutputMetadata.Count > 1;
        string[] outputs = isAnswer ? [.. _session.OutputMetadata.Keys.Take(2)] : [_session.OutputMetadata.Keys.First()];
        using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> results = _session.Run(inputs, outputs);
        float[][] values = [.. results.Select(result => Values(result))];
        ReadOnlySpan<int> dims = results[0].Value switch
        {
            DenseTensor<float> tensor => tensor.Dimensions,
            var half => ((DenseTensor<Float16>)half!).Dimensions,
        };
        if (isAnswer)
            return (Interleave(values, sequences, length), 2);
        int columns = dims[^1];
        if (dims.Length == 2)
            return (values[0], columns);
        return ([.. sequences.SelectMany((sequence, i) => values[0].AsSpan(i * length * columns, sequence.Length * columns).ToArray())],
            columns);
    }

    private static float[] Interleave(float[][] values, int[][] sequences, int length) =>
        [.. sequences.SelectMany((sequence, i) => Enumerable.Range(0, sequence.Length)
            .SelectMany(j => new[] { values[0][i * length + j], values[1][i * length + j] }))];

    private static float[] Values(DisposableNamedOnnxValue result) => result.Value switch
    {
        DenseTensor<float> tensor => tensor.ToArray(),
        var half => [.. ((DenseTensor<Float16>)half!).ToArray().Select(value => (float)value)],
    };

    private float[] Compute(int[][] sequences, int[][] types)
    {
        using Pass pass = Pass.ForInference(_model.Engine);
        pass.Begin();
        var batch = new RaggedTokens();
        foreach (int[] sequence in sequences)
            batch.Append(sequence);
        int[] flat = [.. types.SelectMany(row => row)];
        bool isEncoder = _architecture.EndsWith("Model", StringComparison.Ordinal);
        ReadOnlySpan<int> given = _model.Configuration.Embeddings.TokenTypes > 1 ? flat : [];
        Tensor result = isEncoder ? _model.Encoder.Forward(pass, batch, given) : _model.Forward(pass, batch, given);
        var values = new float[result.Rows * result.Columns];
        pass.Read(result, values);
        return values;
    }
}
