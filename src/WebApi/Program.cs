using GoApi.Infrastructure;
using GoApi.Infrastructure.Configuration;

var builder = WebApplication.CreateBuilder(args);
builder.Configuration.AddDotEnv();
builder.Services.AddInfrastructure(builder.Configuration.ReadSettings(), HostRole.Api);

var app = builder.Build();
app.Run();
