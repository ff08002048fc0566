using ServeClassifier;

await using WebApplication app = Server.Create(args);
await app.RunAsync();
