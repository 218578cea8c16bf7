// OpenIddict registers a replaced manager under these base types, and not under our own class.
global using ApplicationManager = OpenIddict.Core.OpenIddictApplicationManager<GoApi.Infrastructure.OpenIddict.OAuthApplication>;
global using AuthorizationManager = OpenIddict.Core.OpenIddictAuthorizationManager<GoApi.Infrastructure.OpenIddict.OAuthAuthorization>;
global using TokenManager = OpenIddict.Core.OpenIddictTokenManager<GoApi.Infrastructure.OpenIddict.OAuthToken>;
