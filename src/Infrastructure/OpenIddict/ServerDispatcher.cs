using System.Collections.Frozen;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace GoApi.Infrastructure.OpenIddict;

/// <summary>
/// Sends an event through its handlers, in their order and under their filters, as OpenIddict's own dispatcher does. That one looks through
/// all handlers of all events for each of the some twenty events of a token request, and asks the container for every filter of every handler.
/// </summary>
internal sealed class ServerDispatcher(ServerHandlers handlers, IServiceProvider provider) : IOpenIddictServerDispatcher
{
    public async ValueTask DispatchAsync<TContext>(TContext context) where TContext : BaseContext
    {
        foreach (var step in handlers.Of(typeof(TContext)))
        {
            if (!await IsActiveAsync(step, context)) continue;

            await ((IOpenIddictServerHandler<TContext>)(step.Handler ?? provider.GetRequiredService(step.Service))).HandleAsync(context);
            if (context is BaseRequestContext { IsRequestHandled: true } or BaseRequestContext { IsRequestSkipped: true } or BaseValidatingContext { IsRejected: true }) return;
        }
    }

    private static async ValueTask<bool> IsActiveAsync<TContext>(ServerStep step, TContext context) where TContext : BaseContext
    {
        foreach (var filter in step.Filters)
            if (!await ((IOpenIddictServerHandlerFilter<TContext>)filter).IsActiveAsync(context))
                return false;
        return true;
    }
}

/// <param name="Handler">Null where each request has its own.</param>
internal sealed record ServerStep(Type Service, object? Handler, object[] Filters);

/// <summary>The handlers of each event, with what is the same for all requests: filters, and handlers that are singletons.</summary>
internal sealed class ServerHandlers(IOptionsMonitor<OpenIddictServerOptions> options, IServiceProvider provider)
{
    private volatile Table? table;

    public ServerStep[] Of(Type context)
    {
        var current = options.CurrentValue;
        // Other keys come with other options; the handlers in them are the same, and built twice where two requests are first.
        if (table is not { } built || built.Options != current) table = built = new Table(current, Build(current));
        return built.Steps.GetValueOrDefault(context, []);
    }

    private FrozenDictionary<Type, ServerStep[]> Build(OpenIddictServerOptions current) => current.Handlers
        .GroupBy(descriptor => descriptor.ContextType)
        .ToFrozenDictionary(group => group.Key, group => group.Select(Step).ToArray());

    private ServerStep Step(OpenIddictServerHandlerDescriptor descriptor)
    {
        var service = descriptor.ServiceDescriptor;
        return new ServerStep(
            service.ServiceType,
            service.ImplementationInstance ?? (service.Lifetime == ServiceLifetime.Singleton ? provider.GetRequiredService(service.ServiceType) : null),
            [.. descriptor.FilterTypes.Select(provider.GetRequiredService)]);
    }

    private sealed record Table(OpenIddictServerOptions Options, FrozenDictionary<Type, ServerStep[]> Steps);
}
