using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Scoring;

/// <summary>The inputs of every estimator that applies a fine-tuned model.</summary>
/// <param name="Host">The estimator's host.</param>
/// <param name="Model">The model, before its weights are read.</param>
/// <param name="Task">The task of its head.</param>
internal sealed record ScoringSetup(IHost Host, OpenedModel Model, TaskConfiguration Task);
