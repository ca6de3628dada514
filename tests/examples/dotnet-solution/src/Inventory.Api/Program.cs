var builder = WebApplication.CreateBuilder(args);
var app = builder.Build();
app.MapHealthChecks("/healthz");
app.MapGet("/", () => Environment.GetEnvironmentVariable("GREETING") ?? "hello");
app.Run();
