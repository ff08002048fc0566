using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Diffusion.Scoring;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// The base class of estimators that apply a model that is already fine-tuned: there is nothing to train, and no labels are needed.
/// </summary>
/// <typeparam name="TTransformer">The type that Fit returns: that of the trainer for the same task.</typeparam>
public abstract class ScoringEstimator<TTransformer> : IEstimator<TTransformer> where TTransformer : ModelTransformerBase<TaskModel>
{
    private readonly IHost _host;
    private readonly IScoringRecipe<TTransformer> _recipe;
    private readonly ModelLoader<TaskModel> _model;
    private readonly ScoringOptions _given; // the caller's object; its token is read when Fit is called

    /// <summary>Checks the options and the model's config.json.</summary>
    /// <param name="env">The environment.</param>
    /// <param name="options">The options.</param>
    /// <param name="kind">The task.</param>
    /// <param name="problem">The problem of a sequence head; null for other tasks.</param>
    /// <param name="makeRecipe">Checks the task's own options.</param>
    private protected ScoringEstimator(
        IHostEnvironment env, ScoringOptions options, TaskKind kind, string? problem,
        Func<ScoringSetup, IScoringRecipe<TTransformer>> makeRecipe)
    {
        Contracts.CheckValue(env, nameof(env));
        env.CheckValue(options, nameof(options));
        env.CheckValue(options.Model, nameof(options.Model));
        MLNetVersion.Check(env);
        _host = env.Register(GetType().Name);
        EngineChoice.Check(_host, options.Threads, options.Model.IsQuantized);
        EncoderModel source = options.Model;
        var opened = new OpenedModel(source);
        TaskConfiguration task = FineTunedHead.Read(_host, opened, kind, problem);
        _recipe = makeRecipe(new ScoringSetup(_host, opened, task));
        _model = new ModelLoader<TaskModel>(
            _host, options.Threads, source.IsQuantized, (engine, token) => source.LoadTask(task, engine, token));
        _given = options;
    }

    /// <summary>Checks the schema and reads the model; there is nothing to train, and no row is read.</summary>
    /// <param name="input">Data with the input columns.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has another type.</exception>
    /// <exception cref="Checkpoints.CheckpointException">The model cannot be read, or has no head for the task.</exception>
    /// <exception cref="Text.TokenizerException">The tokenizer is missing, damaged or of an unsupported kind.</exception>
    /// <exception cref="OperationCanceledException">The options' token or the context was canceled.</exception>
    public TTransformer Fit(IDataView input)
    {
        _host.CheckValue(input, nameof(input));
        _recipe.Check(input.Schema);
        return _model.Fit(GetType().Name, _recipe.MakeTransformer, _given.CancellationToken);
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        _host.CheckValue(inputSchema, nameof(inputSchema));
        return _recipe.GetOutputSchema(inputSchema);
    }
}
