using Microsoft.ML.Diffusion;

namespace ServeClassifier;

/// <summary>The web application.</summary>
internal static class Server
{
    /// <summary>Makes the application, with a model that is loaded and warm; it only has to be run.</summary>
    /// <param name="args">ASP.NET's arguments, such as <c>--urls</c>, and <c>--model FILE</c>, a .zip.</param>
    public static WebApplication Create(string[] args)
    {
        // <example: aspnet-app>
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(args);
        builder.WebHost.ConfigureKestrel(options => options.Limits.MaxRequestBodySize = 64 * 1024);
        string path = builder.Configuration["model"] ??
            MadeReviews.Train(EncoderModel.Default, Path.Combine(AppContext.BaseDirectory, "made-reviews.zip"));
        builder.Services.AddSingleton(services =>
            new Classifier(path, Environment.ProcessorCount, services.GetRequiredService<ILogger<Classifier>>()));
        builder.Services.AddHostedService<ModelReload>();

        WebApplication app = builder.Build();
        app.Services.GetRequiredService<Classifier>(); // loads the model and warms it up before the first request
        app.MapGet("/health", (Classifier classifier) => new { model = Path.GetFileName(path), loaded = classifier.Loaded });
        app.MapPost("/classify", async (Request request, Classifier classifier, CancellationToken aborted) =>
            string.IsNullOrWhiteSpace(request.Text)
                ? Results.BadRequest(new { error = "The text is missing or empty; expected { \"text\": \"…\" }." })
                : Results.Ok(await classifier.PredictAsync(request.Text, aborted)));
        // </example>
        return app;
    }
}
