using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Cursors;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.WritingEvaluation;

/// <summary>Measures a column of texts.</summary>
internal static class WritingEvaluation
{
    private const int TextsAtOnce = 16;

    public static WritingMetrics Of(IHost host, IDataView data, string textColumnName, WritingEvaluationOptions options)
    {
        host.CheckUserArg(options.LongestRun >= 1, nameof(options.LongestRun),
            string.Create(CultureInfo.InvariantCulture, $"It is {options.LongestRun}; expected 1 or more; 4 is usual"));
        host.CheckUserArg(options.JudgedTexts >= 0, nameof(options.JudgedTexts),
            string.Create(CultureInfo.InvariantCulture, $"It is {options.JudgedTexts}; expected a number of texts, or 0 for all"));
        DataViewSchema.Column column = FindColumn(host, data.Schema, textColumnName);
        return new Cancellation(host, nameof(WritingCatalog.EvaluateWriting))
            .Run(stop => Of(host, data, column, options, stop), options.CancellationToken);
    }

    private static WritingMetrics Of(IHost host, IDataView data, DataViewSchema.Column column, WritingEvaluationOptions options,
        CancellationToken cancellationToken)
    {
        using Judge? judge = options.Model is EncoderModel model
            ? new Judge(host, model, options.Threads, options.JudgedTexts == 0 ? int.MaxValue : options.JudgedTexts, cancellationToken)
            : null;
        Dictionary<string, int> words = new(StringComparer.Ordinal);
        List<int[]> texts = [];
        long missing = 0, characters = 0;
        using (DataViewRowCursor cursor = data.GetRowCursor([column]))
        {
            Action<Action<ReadOnlyMemory<char>>> read = MakeReader(cursor, column);
            while (cursor.MoveNext())
            {
                cancellationToken.ThrowIfCancellationRequested();
                host.CheckAlive(); // a row takes less time than the timer's interval
                read(Add);
            }
        }
        return new WritingMetrics(texts, missing, characters, options.LongestRun, cancellationToken) { Judged = judge?.Finish() };

        void Add(ReadOnlyMemory<char> memory)
        {
            if (memory.IsEmpty)
            {
                missing++;
                return;
            }
            string text = memory.ToString();
            string[] split = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            int[] ids = new int[split.Length];
            for (int i = 0; i < split.Length; i++)
            {
                ref int id = ref CollectionsMarshal.GetValueRefOrAddDefault(words, split[i], out bool isKnown);
                if (!isKnown)
                    id = words.Count;
                ids[i] = id;
            }
            texts.Add(ids);
            characters += text.Length;
            judge?.Add(text, split.Length);
        }
    }

    private static DataViewSchema.Column FindColumn(IHost host, DataViewSchema schema, string name)
    {
        DataViewSchema.Column column = schema.GetColumnOrNull(name) ?? throw host.ExceptSchemaMismatch("data", "text", name);
        if (column.Type is not (TextDataViewType or VectorDataViewType { ItemType: TextDataViewType }))
            throw host.ExceptSchemaMismatch("data", "text", name, "String or a vector of String", column.Type.ToString()!);
        return column;
    }

    /// <summary>Creates a function that returns the texts of the cursor's current row.</summary>
    private static Action<Action<ReadOnlyMemory<char>>> MakeReader(DataViewRowCursor cursor, DataViewSchema.Column column)
    {
        if (column.Type is TextDataViewType)
        {
            ValueGetter<ReadOnlyMemory<char>> get = cursor.GetGetter<ReadOnlyMemory<char>>(column);
            ReadOnlyMemory<char> text = default;
            return add =>
            {
                get(ref text);
                add(text);
            };
        }
        ValueGetter<VBuffer<ReadOnlyMemory<char>>> getAll = cursor.GetGetter<VBuffer<ReadOnlyMemory<char>>>(column);
        VBuffer<ReadOnlyMemory<char>> all = default;
        return add =>
        {
            getAll(ref all);
            foreach (ReadOnlyMemory<char> text in all.DenseValues())
                add(text);
        };
    }

    /// <summary>Reads texts with the model, some at a time.</summary>
    private sealed class Judge : IDisposable
    {
        private readonly MaskedLanguageModel _model;
        private readonly ModelDenoiser _denoiser;
        private readonly Text.Tokenizer _tokenizer;
        private readonly int _most;
        private readonly CancellationToken _cancellationToken;
        private readonly List<string> _pending = [];
        private readonly List<double> _nats = [];
        private readonly List<int> _tokens = [];
        private readonly List<int> _words = [];
        private readonly List<int> _characters = [];

        public Judge(IHost host, EncoderModel source, int threads, int most, CancellationToken cancellationToken)
        {
            (_tokenizer, _most, _cancellationToken) = (source.Tokenizer, most, cancellationToken);
            _model = source.LoadMaskedLanguageModel(EngineChoice.Of(host, threads, source.IsQuantized), cancellationToken);
            _denoiser = new ModelDenoiser(_model, _tokenizer.MaskToken);
        }

        public void Add(string text, int words)
        {
            if (_words.Count == _most)
                return;
            _pending.Add(text);
            _words.Add(words);
            _characters.Add(text.Length);
            if (_pending.Count == TextsAtOnce)
                Read();
        }

        public JudgedWriting? Finish()
        {
            Read();
            return _tokens.Sum(count => (long)count) == 0 || _words.Sum(count => (long)count) == 0 ? null
                : new JudgedWriting(new PseudoLikelihoodReport(_nats, _tokens), _words, _characters);
        }

        public void Dispose()
        {
            _denoiser.Dispose();
            _model.Dispose();
        }

        private void Read()
        {
            if (_pending.Count == 0)
                return;
            PseudoLikelihoodReport report =
                GenerativePerplexity.Measure(_denoiser, _tokenizer, _model.Configuration.MaxLength, _pending, _cancellationToken);
            _nats.AddRange(report.Nats);
            _tokens.AddRange(report.Tokens);
            _pending.Clear();
        }
    }
}
