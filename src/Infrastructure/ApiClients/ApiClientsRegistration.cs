using GoApi.Application.ApiClients;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.Infrastructure.ApiClients;

internal static class ApiClientsRegistration
{
    public static IServiceCollection AddApiClients(this IServiceCollection services) => services.AddScoped<IApiClients, ApiClients>();
}
