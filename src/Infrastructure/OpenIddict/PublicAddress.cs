using GoApi.Infrastructure.Configuration;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace GoApi.Infrastructure.OpenIddict;

/// <summary>
/// Every address that the server hands out is below <c>APP_URL</c>. OpenIddict makes them from the request's Host header, with which anybody
/// could have a cache keep a discovery document, or a device show a page, of their own. Runs once the endpoint is known by the request's own address.
/// </summary>
internal sealed class PublicAddress(AppSettings app) : IOpenIddictServerHandler<ProcessRequestContext>
{
    private readonly Uri address = new(app.PublicUrl, "/");

    public ValueTask HandleAsync(ProcessRequestContext context)
    {
        context.BaseUri = address;
        return default;
    }
}
