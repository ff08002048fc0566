using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Cursors;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Diffusion.Training;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

/// <summary>The base class of all estimators that train a model: reads the rows, trains, and passes the model to the transformer.</summary>
/// <typeparam name="TTransformer">The type that Fit returns.</typeparam>
/// <typeparam name="TModel">The type of the trained model.</typeparam>
public abstract class TrainingEstimator<TTransformer, TModel> : IEstimator<TTransformer>
    where TTransformer : ModelTransformerBase<TModel> where TModel : EncoderWithHead
{
    private readonly TrainerSetup _setup;
    private readonly TrainerOptions _given; // the caller's object; its token is read when Fit is called
    private readonly ITrainingRecipe<TTransformer, TModel> _recipe;

    private protected TrainingEstimator(IHostEnvironment env, TrainerOptions options,
        Func<TrainerSetup, ITrainingRecipe<TTransformer, TModel>> makeRecipe)
    {
        Contracts.CheckValue(env, nameof(env));
        env.CheckValue(options, nameof(options));
        env.CheckValue(options.Model, nameof(options.Model));
        MLNetVersion.Check(env);
        _setup = new TrainerSetup(env.Register(GetType().Name), options.Copy());
        (_given, _recipe) = (options, makeRecipe(_setup));
        if (options.ValidationSet is IDataView validation)
            _recipe.FindColumns(validation.Schema);
    }

    /// <summary>Trains on the rows.</summary>
    /// <param name="input">The data; read once.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has another type.</exception>
    /// <exception cref="ArgumentException">A row's values do not fit together, or there is nothing to learn from.</exception>
    /// <exception cref="Checkpoints.CheckpointException">The model cannot be read.</exception>
    /// <exception cref="ArithmeticException">The training diverged.</exception>
    /// <exception cref="InsufficientMemoryException">The device has not enough memory for the batches; the message says what to
    /// do.</exception>
    /// <exception cref="OperationCanceledException">The options' token or the context was canceled; only snapshots remain.</exception>
    public TTransformer Fit(IDataView input)
    {
        _setup.Host.CheckValue(input, nameof(input));
        _recipe.FindColumns(input.Schema);
        TrainingJob<TTransformer, TModel> job = _recipe.NewJob(input);
        CancellationToken token = _given.CancellationToken;
        using IChannel channel = _setup.Host.Start("Fit");
        string advice = _setup.Training.CheckpointDirectory is string directory
            ? $"Called again with the same data and options, it continues from the last snapshot in '{directory}', if there is one." : "";
        TTransformer transformer = new Cancellation(_setup.Host, $"The Fit of {GetType().Name}", advice)
            .Run(stop => Fit(job, input, channel, stop), token);
        transformer.CancellationToken = token;
        return transformer;
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        _setup.Host.CheckValue(inputSchema, nameof(inputSchema));
        return _recipe.GetOutputSchema(inputSchema);
    }

    private TTransformer Fit(TrainingJob<TTransformer, TModel> job, IDataView input, IChannel channel, CancellationToken cancellationToken)
    {
        TrainerOptions options = _setup.Options;
        Read(job, input, isValidation: false, options.ValidationFraction, channel, cancellationToken);
        if (options.ValidationSet is IDataView validation)
            Read(job, validation, isValidation: true, heldOutShare: 1, channel, cancellationToken);
        Engine engine = EngineChoice.Of(_setup.Host, options.Threads, options.Model.IsQuantized);
        TModel? model = null;
        try
        {
            model = job.LoadModel(engine, channel, cancellationToken);
            model.PrepareForTraining(cancellationToken);
            TrainingTask task = job.MakeTask(model);
            channel.Info("{0}; {1} parameters; {2}.", job.Summary, model.Parameters.Length, model.Engine.Name);
            TrainingReport report = FineTuning.Run(_setup, GetType().Name, channel, model, task, cancellationToken);
            job.AfterTraining(model);
            model.PrepareForInference();
            return job.MakeTransformer(model, report, channel, cancellationToken);
        }
        catch (Exception exception)
        {
            model?.Dispose();
            if (engine.IsOutOfMemory(exception))
                throw ExhaustedMemory.InTraining(engine, GetType().Name, options, exception);
            throw;
        }
    }

    /// <summary>Reads a set of rows; the seed chooses those that are held out.</summary>
    private void Read(
        TrainingJob<TTransformer, TModel> job, IDataView data, bool isValidation, double heldOutShare, IChannel channel,
        CancellationToken cancellationToken)
    {
        ulong key = Philox.Mix((ulong)(uint)_setup.Seed, 0x686F6C64);
        long rows = 0;
        using (DataViewRowCursor cursor = data.GetRowCursor(_recipe.FindColumns(data.Schema)))
        {
            Action<bool> read = job.MakeReader(cursor, isValidation);
            for (; cursor.MoveNext(); rows++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                read(Philox.Uniform(key, 0, (ulong)rows) < heldOutShare);
            }
        }
        job.EndRead(rows, isValidation, channel);
    }
}
