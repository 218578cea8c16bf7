using GoApi.Application.Users;
using GoApi.Domain.Users;
using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.Persistence;
using GoApi.Infrastructure.Startup;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers;
using static OpenIddict.Server.OpenIddictServerHandlers.Exchange;
using static OpenIddict.Server.OpenIddictServerHandlers.Protection;
using CodeChallengeMethods = OpenIddict.Abstractions.OpenIddictConstants.CodeChallengeMethods;

namespace GoApi.Infrastructure.OpenIddict;

internal static class OAuthRegistration
{
    /// <summary>The authorization server, first-party sessions and the check of bearer tokens. The worker has the same services, for use cases that end sessions, and serves nothing.</summary>
    public static IServiceCollection AddOAuthServer(this IServiceCollection services, Settings settings, HostRole role)
    {
        var issuer = OAuthIssuer.Of(settings);
        services.AddSingleton(issuer);
        services.AddSingleton<SigningKeys>();
        services.AddSingleton<IConfigureOptions<OpenIddictServerOptions>, ServerKeys>();
        services.AddSingleton<IOptionsChangeTokenSource<OpenIddictServerOptions>, ServerKeys>();
        services.AddSingleton<ClientCache>();
        services.AddSingleton<TokenRevocations>();
        services.AddSingleton<IInterceptor, RevocationsInterceptor>();
        services.AddSingleton<IInterceptor, ClientCacheInterceptor>();
        services.AddSingleton<AccessTokens>();
        services.AddScoped<RevocationWriter>();
        services.AddScoped<SessionEnding>();
        services.AddScoped<TokenAudit>();
        services.AddScoped<TokenReuse>();
        services.AddScoped<TokenRows>();
        services.AddSingleton<ServerHandlers>();
        services.AddScoped<IOpenIddictServerDispatcher, ServerDispatcher>();
        services.AddScoped<ISessions, Sessions>();
        if (role == HostRole.Api)
        {
            services.AddScoped<IStartupTask, OAuthStart>();
            services.AddHostedService<OAuthWork>();
        }

        services.AddAuthentication(BearerHandler.SchemeName)
            .AddScheme<AuthenticationSchemeOptions, BearerHandler>(BearerHandler.SchemeName, null)
            .AddCookie(options => OAuthCookies.Configure(options, issuer));
        services.AddScoped<IAuthenticationHandlerProvider, ProtocolRequests>();

        services.AddOpenIddict()
            .AddCore(core =>
            {
                core.UseEntityFrameworkCore().UseDbContext<AppDbContext>()
                    .ReplaceDefaultEntities<OAuthApplication, OAuthAuthorization, OAuthScope, OAuthToken, Guid>();
                core.ReplaceTokenStore<OAuthToken, OAuthTokenStore>();
                core.ReplaceAuthorizationStore<OAuthAuthorization, OAuthAuthorizationStore>();
                // It lives as long as a request and has what the change tracker has; clients have a cache that outlives requests.
                core.DisableEntityCaching();
                core.ReplaceApplicationManager<OAuthApplication, OAuthApplicationManager>();
                core.ReplaceTokenManager<OAuthToken, OAuthTokenManager>();
            })
            .AddServer(server =>
            {
                server.SetIssuer(issuer.Value)
                    .SetAuthorizationEndpointUris("api/v1/oauth/authorize")
                    .SetTokenEndpointUris("api/v1/oauth/token")
                    .SetRevocationEndpointUris("api/v1/oauth/revoke")
                    .SetIntrospectionEndpointUris("api/v1/oauth/introspect")
                    .SetUserInfoEndpointUris("api/v1/oauth/userinfo")
                    .SetEndSessionEndpointUris("api/v1/oauth/logout")
                    .SetPushedAuthorizationEndpointUris("api/v1/oauth/par")
                    .SetDeviceAuthorizationEndpointUris("api/v1/oauth/device")
                    .SetEndUserVerificationEndpointUris(DeviceGrant.Page[1..]);

                server.AllowAuthorizationCodeFlow().AllowClientCredentialsFlow().AllowRefreshTokenFlow()
                    .AllowDeviceAuthorizationFlow().AllowTokenExchangeFlow().AllowCustomFlow(FirstParty.GrantType);
                server.RequireProofKeyForCodeExchange();
                server.RegisterScopes([.. Scope.All.Select(scope => scope.Name)]);
                server.RegisterResources(issuer.Audience);

                server.DisableAccessTokenEncryption().UseReferenceRefreshTokens()
                    .SetAuthorizationCodeLifetime(TimeSpan.FromSeconds(60))
                    .SetAccessTokenLifetime(settings.OAuth.AccessTokenExpiry)
                    .SetRefreshTokenLifetime(settings.OAuth.RefreshTokenExpiry)
                    .SetRefreshTokenReuseLeeway(settings.OAuth.RefreshTokenGrace)
                    .SetDeviceCodeLifetime(DeviceGrant.Life).SetUserCodeLifetime(DeviceGrant.Life)
                    .SetUserCodeCharset(DeviceGrant.UserCodeCharset).SetUserCodeLength(DeviceGrant.UserCodeLength).SetUserCodeDisplayFormat(DeviceGrant.UserCodeFormat);
                server.Configure(options =>
                {
                    options.CodeChallengeMethods.Remove(CodeChallengeMethods.Plain);
                    options.RequestTokenLifetime = TimeSpan.FromMinutes(10);
                    TokenExchange.Configure(options);
                });

                var host = server.UseAspNetCore().EnableAuthorizationEndpointPassthrough().EnableEndSessionEndpointPassthrough()
                    .EnableEndUserVerificationEndpointPassthrough().EnableErrorPassthrough().SuppressJsonResponseIndentation();
                if (!issuer.IsSecure) host.DisableTransportSecurityRequirement();

                AddHandlers(server);
            });
        return services;
    }

    // Where each of our steps stands among OpenIddict's own.
    private static void AddHandlers(OpenIddictServerBuilder server)
    {
        On<ValidateAuthorizationRequestContext, RefuseUnboundedParameters<ValidateAuthorizationRequestContext>>(int.MinValue + 1_000);
        On<ValidateTokenRequestContext, RefuseUnboundedParameters<ValidateTokenRequestContext>>(int.MinValue + 1_000);
        On<ValidateRevocationRequestContext, RefuseUnboundedParameters<ValidateRevocationRequestContext>>(int.MinValue + 1_000);
        On<ValidateIntrospectionRequestContext, RefuseUnboundedParameters<ValidateIntrospectionRequestContext>>(int.MinValue + 1_000);
        On<ValidateUserInfoRequestContext, RefuseUnboundedParameters<ValidateUserInfoRequestContext>>(int.MinValue + 1_000);
        On<ValidateEndSessionRequestContext, RefuseUnboundedParameters<ValidateEndSessionRequestContext>>(int.MinValue + 1_000);
        On<ValidatePushedAuthorizationRequestContext, RefuseUnboundedParameters<ValidatePushedAuthorizationRequestContext>>(int.MinValue + 1_000);

        On<ValidateDeviceAuthorizationRequestContext, RefuseUnboundedParameters<ValidateDeviceAuthorizationRequestContext>>(int.MinValue + 1_000);
        On<ValidateEndUserVerificationRequestContext, RefuseUnboundedParameters<ValidateEndUserVerificationRequestContext>>(int.MinValue + 1_000);

        On<ValidateTokenRequestContext, RefuseFirstPartyOverHttp>(ValidateGrantType.Descriptor.Order - 500);
        On<ProcessAuthenticationContext, RefuseInactiveClient>(ValidateClientSecret.Descriptor.Order + 250);
        On<ProcessAuthenticationContext, TokenTransaction>(ValidateAccessToken.Descriptor.Order - 250);
        On<HandleTokenRequestContext, BuildPrincipal>(AttachPrincipal.Descriptor.Order + 500);
        On<ExtractEndUserVerificationRequestContext, ReadTypedUserCode>(int.MaxValue - 1_000);
        On<ValidateTokenContext, SlowDown>(ValidateTokenEntry.Descriptor.Order - 500);
        On<ValidateTokenRequestContext, AdmitForeignSubject>(ValidateAuthorizedParty.Descriptor.Order - 500);
        On<ProcessSignInContext, TokenTransaction>(int.MinValue + 1_000);
        On<ProcessChallengeContext, TokenTransaction>(int.MinValue + 1_000);
        On<ProcessSignInContext, ClaimDeviceSession>(RestoreInternalClaims.Descriptor.Order + 500);
        On<ProcessSignInContext, AttachSessionId>(AttachAuthorization.Descriptor.Order + 500);
        On<ProcessSignInContext, IssuedPrincipal>(AttachAuthorization.Descriptor.Order + 600);
        On<ProcessSignInContext, RefreshSuccessor>(GenerateRefreshToken.Descriptor.Order - 500);
        On<GenerateTokenContext, UseTokenIdAsJti>(AttachTokenMetadata.Descriptor.Order + 250);
        On<GenerateTokenContext, VerbatimIssuer>(AttachTokenMetadata.Descriptor.Order + 500);
        On<GenerateTokenContext, RefreshSuccessor>(AttachTokenPayload.Descriptor.Order - 500);

        // Commit first, then answer.
        On<ApplyTokenResponseContext, TokenTransaction>(int.MinValue + 1_000);
        On<ApplyRevocationResponseContext, TokenTransaction>(int.MinValue + 1_000);
        On<ApplyIntrospectionResponseContext, TokenTransaction>(int.MinValue + 1_000);
        On<ApplyPushedAuthorizationResponseContext, TokenTransaction>(int.MinValue + 1_000);
        On<ApplyDeviceAuthorizationResponseContext, TokenTransaction>(int.MinValue + 1_000);
        On<ApplyEndUserVerificationResponseContext, TokenTransaction>(int.MinValue + 1_000);
        On<ApplyEndUserVerificationResponseContext, TellLostDecision>(int.MinValue + 2_000);
        On<ApplyDeviceAuthorizationResponseContext, TellPollInterval>(int.MinValue + 2_000);
        On<ApplyTokenResponseContext, KeepInternalResponse>(500_000 - 1_000);

        On<HandleConfigurationRequestContext, HideFirstPartyGrant>(int.MaxValue - 1_000);
        On<HandleIntrospectionRequestContext, ShowScopeToPresenter>(int.MaxValue - 1_000);
        On<HandleUserInfoRequestContext, UserInfo>(int.MaxValue - 1_000);
        On<ProcessErrorContext, DropErrorUri>(int.MinValue + 1_000);
        On<ApplyAuthorizationResponseContext, ReturnErrorsToClient>(global::OpenIddict.Server.OpenIddictServerHandlers.Authentication.AttachRedirectUri.Descriptor.Order + 500);
        On<ApplyConfigurationResponseContext, VerbatimIssuer>(50_000);
        On<ApplyAuthorizationResponseContext, VerbatimIssuer>(50_000);
        On<ApplyIntrospectionResponseContext, VerbatimIssuer>(50_000);
        On<ApplyUserInfoResponseContext, VerbatimIssuer>(50_000);

        void On<TContext, THandler>(int order) where TContext : BaseContext where THandler : class, IOpenIddictServerHandler<TContext> =>
            server.AddEventHandler<TContext>(handler => handler.UseScopedHandler<THandler>().SetOrder(order));
    }
}
