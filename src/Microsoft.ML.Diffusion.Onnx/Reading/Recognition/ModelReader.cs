using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Onnx.Reading.Files;
using Microsoft.ML.Diffusion.Onnx.Reading.Operators;
using Microsoft.ML.Diffusion.Onnx.Reading.Values;

namespace Microsoft.ML.Diffusion.Onnx.Reading.Recognition;

/// <summary>Recognizes the model in a file.</summary>
internal static class ModelReader
{
    // Two sequences of seven tokens tell the axes and the tokens apart. A window is seen by masks alone, on one longer sequence.
    private const int Batch = 2, Length = 7, WindowLength = 160, LongWindowLength = 1100;

    /// <summary>Reads a model.</summary>
    /// <exception cref="CheckpointException">A node was not understood, or the graph is no encoder.</exception>
    public static RecognizedModel Read(OnnxFile file)
    {
        if (file.Outputs.Count == 0)
            throw new CheckpointException($"'{file.Name}' has no outputs; expected hidden states or logits. Export the model again.");
        try
        {
            return Read(file, SampleInput.Make(file, Batch, Length, hasTypes: true));
        }
        catch (CheckpointException) when (file.Inputs.Count > 2)
        {
            // A table of one token type has no row for the other.
            return Read(file, SampleInput.Make(file, Batch, Length, hasTypes: false));
        }
    }

    private static RecognizedModel Read(OnnxFile file, SampleInput sample)
    {
        var evaluator = new Evaluator(file, sample.Values);
        var terms = new List<(string Name, Term Term)>();
        foreach (string output in file.Outputs)
        {
            Value value = evaluator.Evaluate(output);
            if (value is Unknown unknown)
                throw NotUnderstood(file, output, unknown.Node, unknown.Reason);
            terms.Add((output, value as Term ?? throw NotUnderstood(file, output, null, "it does not depend on the model's weights")));
        }
        EncoderPart encoder = FindEncoder(file, sample, terms);
        var reader = new HeadReader(sample, encoder);
        var heads = new List<HeadPart>();
        foreach ((string name, Term term) in terms)
        {
            try
            {
                HeadPart head = reader.Read(term);
                HeadPart? same = heads.Find(other => other.Kind == head.Kind);
                if (same is null)
                    heads.Add(head);
                else if (same.Output is not null && !same.Output.Equals(head.Output))
                    throw new RecognitionException(term, "expected one head of each kind");
            }
            catch (RecognitionException exception)
            {
                throw NotUnderstood(file, name, exception.Node, exception.Message);
            }
        }
        FindWindows(file, encoder, WindowLength);
        // Layers with masks of their own have windows that the first length was too short for.
        if (!encoder.Layers.Any(layer => layer.Attention.Reach is not null) &&
            encoder.Layers.DistinctBy(layer => string.Join('\n', layer.Attention.Masks.Select(mask => mask.Source.Name))).Count() == 2)
        {
            FindWindows(file, encoder, LongWindowLength);
        }
        return new RecognizedModel(encoder, heads);
    }

    private static EncoderPart FindEncoder(OnnxFile file, SampleInput sample, List<(string Name, Term Term)> outputs)
    {
        var reader = new EncoderReader(sample);
        var seen = new HashSet<Computation>();
        var open = new Queue<Computation>(outputs.Select(output => output.Term.Of));
        RecognitionException? failure = null;
        while (open.TryDequeue(out Computation? computation))
        {
            if (!seen.Add(computation))
                continue;
            try
            {
                return reader.Read(computation);
            }
            catch (RecognitionException exception)
            {
                if (failure is null || exception.Depth > failure.Depth)
                    failure = exception;
            }
            // A residual sum is inside the encoder: what is below it is not its last hidden state.
            if (computation is Linear or Normalized or Function or Softmax or Discrete or Times or Reduced or Centered or Masked)
            {
                foreach (Term input in computation.Inputs.Where(input => input.Of is not Sum))
                    open.Enqueue(input.Of);
            }
        }
        throw NotUnderstood(file, outputs[0].Name, failure?.Node, failure?.Message ?? "it is no encoder");
    }

    /// <summary>Evaluates the masks alone on a sequence that is long enough to see a window.</summary>
    private static void FindWindows(OnnxFile file, EncoderPart encoder, int longest)
    {
        bool mayHaveWindows = encoder.FinalNorm is not null;
        int? rows = encoder.Embeddings.Positions?.Dims[0] - encoder.Embeddings.PositionOffset;
        int length = Math.Min(longest, rows ?? longest);
        if (length <= Length || encoder.Layers.All(layer => layer.Attention.Masks.All(mask => mask.Source.Name.Length == 0)))
            return;
        if (file.Inputs.Any(input => input.Dims is [_, > 0]))
            return;
        SampleInput sample = SampleInput.Make(file, 1, length, hasTypes: false, hasPadding: false);
        var evaluator = new Evaluator(file, sample.Values, 24L * length * length);
        var reaches = new Dictionary<string, int?>(StringComparer.Ordinal);
        foreach (LayerPart layer in encoder.Layers)
        {
            foreach (Masked mask in layer.Attention.Masks.Where(mask => mask.Source.Name.Length > 0 && mask.Source.Kind != MaskKind.Keys))
            {
                if (!reaches.TryGetValue(mask.Source.Name, out int? reach))
                {
                    Value value = evaluator.Evaluate(mask.Source.Name);
                    if (value is not Constant constant)
                        throw NotUnderstood(file, mask.Source.Name, (value as Unknown)?.Node, "expected a mask");
                    reach = ReachOf(file, mask, constant.ToKnown(), length);
                    reaches[mask.Source.Name] = reach;
                }
                if (reach is int found)
                    layer.Attention.Reach = Math.Min(layer.Attention.Reach ?? int.MaxValue, found);
            }
            if (layer.Attention.Reach is not null && !mayHaveWindows)
                throw NotUnderstood(file, file.Outputs[0], layer.Attention.Masks[0].Node,
                    "a window of attention is known only in encoders of ModernBERT's kind");
        }
    }

    private static int? ReachOf(OnnxFile file, Masked mask, Known values, int length)
    {
        if (values.Dims.Length < 2 || values.Dims[^1] != length || values.Dims[^2] != length)
            return null; // The same for every query: no window.
        double[] numbers = values.Numbers;
        double greatest = numbers.Max();
        int? reach = null;
        for (int pass = 0; pass < 2; pass++)
        {
            for (int at = 0; at < numbers.Length; at++)
            {
                int distance = Math.Abs(at / length % length - at % length);
                bool forbidden = mask.Source.Kind switch
                {
                    MaskKind.Allows => numbers[at] == 0,
                    MaskKind.Forbids => numbers[at] != 0,
                    _ => numbers[at] - greatest < -1000,
                };
                if (pass == 0 && forbidden)
                    reach = Math.Min(reach ?? int.MaxValue, distance - 1);
                else if (pass == 1 && forbidden != (distance > (reach ?? int.MaxValue)))
                    throw NotUnderstood(file, file.Outputs[0], mask.Node,
                        "expected a mask that hides exactly the tokens beyond a distance");
            }
        }
        return reach;
    }

    private static CheckpointException NotUnderstood(OnnxFile file, string output, OnnxNode? node, string reason) => new(
        $"'{file.Name}': the output '{OnnxText.Shorten(output)}' needs {node?.Describe() ?? "something"} that is not understood: " +
            $"{reason}. " +
        "Expected an encoder of the family BERT, RoBERTa, DistilBERT, ELECTRA, ALBERT or ModernBERT, alone or with a head, as torch.onnx, " +
        "Optimum and ONNX Runtime write it. Use the model's safetensors with EncoderModel.FromDirectory, or export it without this part.");
}
