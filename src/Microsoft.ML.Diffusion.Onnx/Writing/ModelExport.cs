using System.Reflection;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Onnx.Scoring;
using Microsoft.ML.Diffusion.Text;
using Onnx;

namespace Microsoft.ML.Diffusion.Onnx.Writing;

/// <summary>A model as an ONNX file: its graph with inputs and outputs named as Optimum names them.</summary>
internal sealed class ModelExport
{
    private const string InputIds = "input_ids", AttentionMask = "attention_mask", TokenTypeIds = "token_type_ids";
    private const string BatchSize = "batch_size", SequenceLength = "sequence_length";
    private const string HiddenStates = "last_hidden_state", Embedding = "sentence_embedding", Logits = "logits",
        StartLogits = "start_logits", EndLogits = "end_logits";

    /// <summary>What attention adds in 16-bit floats to the score of what is not seen; scores stay far from it.</summary>
    private const float MaskedHalf = -30000;

    private readonly EncoderWithHead _model;
    private readonly Tokenizer? _tokenizer;
    private readonly OnnxExportOptions _options;
    private readonly OnnxOutput _output;
    private readonly ModelGraphBuilder _builder;
    private readonly GraphOperators _operators;

    private ModelExport(EncoderWithHead model, Tokenizer? tokenizer, OnnxExportOptions options)
    {
        (_model, _tokenizer, _options, _output) = (model, tokenizer, options, options.Output ?? OnnxOutput.Logits);
        _builder = new ModelGraphBuilder(options.OpsetVersion, options.Precision == OnnxPrecision.Float16,
            InputIds, AttentionMask, TokenTypeIds, HiddenStates, Embedding, Logits, StartLogits, EndLogits,
            TextInputGraph.Text, TextInputGraph.TextPair, TextInputGraph.Label, TextInputGraph.Probabilities);
        _operators = new GraphOperators(_builder);
    }

    /// <summary>Makes a model's file; the weights are read when it is written.</summary>
    public static (ModelProto Model, IReadOnlyList<StreamedTensor> Constants) Make(
        EncoderWithHead model, Tokenizer? tokenizer, OnnxExportOptions options)
    {
        options.Check();
        var export = new ModelExport(model, tokenizer, options);
        export.AddGraph();
        var file = new ModelProto
        {
            IrVersion = IrVersion(options.OpsetVersion), ProducerName = "Diffusion.ML", ProducerVersion = Version(),
            Graph = export._builder.Graph,
        };
        file.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = options.OpsetVersion });
        if (options.TextInput != OnnxTextInput.None)
        {
            file.OpsetImport.Add(new OperatorSetIdProto { Domain = TokenizerOperator.Domain, Version = 1 });
            file.OpsetImport.Add(new OperatorSetIdProto { Domain = TextInputGraph.MLDomain, Version = 2 });
        }
        ModelMetadata.Add(file.MetadataProps, model, tokenizer, export._output, options.Precision);
        return (file, export._builder.Constants);
    }

    private void AddGraph()
    {
        _builder.Graph.Name = _model.Family.ModelType;
        bool hasTypes = ModelTracer.HasTokenTypes(_model);
        (string ids, string mask, string types) = AddInputs(hasTypes);
        var inputs = new GraphInputs(_operators, ids, mask, hasTypes ? types : null,
            _options.Precision == OnnxPrecision.Float16 ? MaskedHalf : float.MinValue);
        IWeightNodes weights = _options.Precision == OnnxPrecision.Int8
            ? new Int8WeightNodes(_operators, _builder, _model.Engine)
            : new FloatWeightNodes(_operators, _model.Engine);
        string[] results = new ModelTracer(_model, _operators, inputs, weights).Trace(Compute);
        int width = _model.Configuration.HiddenSize;
        switch (_output)
        {
            case OnnxOutput.Logits when _model is TaskModel { Task: { Kind: TaskKind.QuestionAnswering } }:
                string start = _operators.Pick(results[0], 0, 2, "start"), end = _operators.Pick(results[0], 1, 2, "end");
                AddOutput(start, StartLogits, perToken: true, null);
                AddOutput(end, EndLogits, perToken: true, null);
                break;
            case OnnxOutput.Logits:
                bool perToken = _model is not TaskModel { Task.Kind: TaskKind.SequenceClassification };
                int outputs = _model is TaskModel { Task: TaskConfiguration task } ? task.Outputs : _model.Configuration.VocabularySize;
                string logits = AddOutput(results[0], Logits, perToken, outputs);
                if (_options.TextInput != OnnxTextInput.None)
                    AddLabel(logits, outputs);
                break;
            default:
                AddOutput(results[0], HiddenStates, perToken: true, width);
                if (results.Length > 1)
                    AddOutput(results[1], Embedding, perToken: false, width, _options.NormalizeEmbedding);
                break;
        }
    }

    private Tensor[] Compute(Pass pass, RaggedTokens batch, int[] types)
    {
        if (_output == OnnxOutput.Logits)
            return [_model.Forward(pass, batch, types)];
        Tensor hidden = _model.Encoder.Forward(pass, batch, types);
        return _output switch
        {
            OnnxOutput.HiddenStates => [hidden],
            OnnxOutput.MeanEmbedding => [hidden, pass.MeanRows(hidden, pass.SequencesOf(batch.Bounds))],
            _ => [hidden, pass.FirstRows(hidden, pass.SequencesOf(batch.Bounds))],
        };
    }

    /// <summary>Adds the inputs: token ids, or texts with the nodes that tokenize them.</summary>
    private (string InputIds, string AttentionMask, string TokenTypeIds) AddInputs(bool hasTypes)
    {
        if (_options.TextInput == OnnxTextInput.None)
        {
            AddInput(InputIds);
            AddInput(AttentionMask);
            if (hasTypes)
                AddInput(TokenTypeIds);
            return (InputIds, AttentionMask, TokenTypeIds);
        }
        Tokenizer tokenizer = TextInputGraph.Check(_model, _tokenizer, _options);
        string[] texts = TextInputGraph.Inputs(_options.TextInput);
        foreach (string text in texts)
            _builder.Graph.Input.Add(Value(text, TensorProto.Types.DataType.String, [], 1, 1));
        int maxLength = _options.MaxLength == 0 ? _model.Configuration.MaxLength : _options.MaxLength;
        return TokenizerGraph.Add(_builder, _model, tokenizer, maxLength, texts);
    }

    /// <summary>Adds what a classifier's logits mean.</summary>
    private void AddLabel(string logits, int outputs)
    {
        if (TextInputGraph.AddProbabilities(_operators, _model, logits) is not string probabilities)
            return;
        string? label = TextInputGraph.AddLabel(_operators, _model, probabilities);
        _builder.Rename(probabilities, TextInputGraph.Probabilities);
        _builder.Graph.Output.Add(Value(TextInputGraph.Probabilities, TensorProto.Types.DataType.Float, [], 1, outputs));
        if (label is null)
            return;
        _builder.Rename(label, TextInputGraph.Label);
        _builder.Graph.Output.Add(Value(TextInputGraph.Label, TensorProto.Types.DataType.String, [], 1));
    }

    private void AddInput(string name) =>
        _builder.Graph.Input.Add(Value(name, TensorProto.Types.DataType.Int64, [BatchSize, SequenceLength]));

    private string AddOutput(string value, string name, bool perToken, int? width, bool normalized = false)
    {
        if (_options.Precision == OnnxPrecision.Float16)
            value = _operators.Cast(value, GraphOperators.Float, name);
        if (normalized)
            value = _operators.Node("LpNormalization", name, [value], ("axis", -1L), ("p", 2L));
        _builder.Rename(value, name);
        string[] axes = perToken ? [BatchSize, SequenceLength] : [BatchSize];
        _builder.Graph.Output.Add(Value(name, TensorProto.Types.DataType.Float, axes, width is int columns ? [columns] : []));
        return name;
    }

    private static ValueInfoProto Value(string name, TensorProto.Types.DataType type, string[] axes, params int[] dimensions)
    {
        var shape = new TensorShapeProto();
        foreach (string axis in axes)
            shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimParam = axis });
        foreach (int dimension in dimensions)
            shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = dimension });
        return new ValueInfoProto
        {
            Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = shape } },
        };
    }

    /// <summary>The version of the file format (IR) that came with an opset.</summary>
    private static long IrVersion(int opset) => opset switch { <= 18 => 8, <= 20 => 9, _ => 10 };

    private static string Version()
    {
        Assembly assembly = typeof(ModelExport).Assembly;
        return assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]
            ?? assembly.GetName().Version?.ToString() ?? "";
    }
}
