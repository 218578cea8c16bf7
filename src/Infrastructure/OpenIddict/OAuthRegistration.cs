using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.PersonalData;
using GoApi.Application.Users;
using GoApi.Domain.Users;
using GoApi.Infrastructure.Caching;
using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.Persistence;
using GoApi.Infrastructure.Startup;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers;
using static OpenIddict.Server.OpenIddictServerHandlers.Exchange;
using static OpenIddict.Server.OpenIddictServerHandlers.Protection;
using Authorizing = OpenIddict.Server.OpenIddictServerHandlers.Authentication;
using CodeChallengeMethods = OpenIddict.Abstractions.OpenIddictConstants.CodeChallengeMethods;
using Device = OpenIddict.Server.OpenIddictServerHandlers.Device;
using Introspecting = OpenIddict.Server.OpenIddictServerHandlers.Introspection;
using Revoking = OpenIddict.Server.OpenIddictServerHandlers.Revocation;

namespace GoApi.Infrastructure.OpenIddict;

internal static class OAuthRegistration
{
    /// <summary>The authorization server, first-party sessions and the check of bearer tokens. The worker has the same services, for use cases that end sessions, and serves nothing.</summary>
    public static IServiceCollection AddOAuthServer(this IServiceCollection services, Settings settings, HostRole role)
    {
        var issuer = OAuthIssuer.Of(settings);
        services.AddSingleton(issuer);
        services.AddSingleton<SigningKeys>();
        services.AddSingleton<KeyRotation>();
        services.AddSingleton<ISigningKeyAdministration>(provider => provider.GetRequiredService<KeyRotation>());
        services.AddHostedService<KeyRotationWork>();
        services.AddSingleton<IConfigureOptions<OpenIddictServerOptions>, ServerKeys>();
        services.AddSingleton<IOptionsChangeTokenSource<OpenIddictServerOptions>, ServerKeys>();
        services.AddSingleton<ClientCache>();
        services.AddSingleton<ClientUses>();
        services.InvalidateCache<OAuthApplication>((entry, _) => entry.Both(nameof(OAuthApplication.ClientId), ClientCache.TagOf));
        services.AddSingleton<ClientSecrets>();
        services.AddSingleton<TokenRevocations>();
        services.AddSingleton<IInterceptor, RevocationsInterceptor>();
        services.AddSingleton<AccessTokens>();
        services.AddScoped<RevocationWriter>();
        services.AddScoped<SessionEnding>();
        services.AddScoped<TokenAudit>();
        services.AddScoped<TokenReuse>();
        services.AddScoped<TokenRows>();
        services.AddSingleton<ServerHandlers>();
        services.AddScoped<IOpenIddictServerDispatcher, ServerDispatcher>();
        services.AddScoped<ISessions, Sessions>();
        services.AddScoped<BrowserSessions>();
        services.AddScoped<IBrowserSessions>(provider => provider.GetRequiredService<BrowserSessions>());
        services.AddScoped<IAuthorizedPrograms, AuthorizedPrograms>();
        services.AddScoped<ISessionQueries, SessionQueries>();
        services.AddScoped<IPersonalData, OAuthPersonalData>();
        if (role == HostRole.Api)
        {
            services.AddScoped<IStartupTask, OAuthStart>();
            services.AddHostedService<OAuthWork>();
        }

        // Without NATS there is no worker, and this process does its jobs.
        if (role == HostRole.Worker || !settings.Nats.IsConfigured) services.AddHostedService<OAuthPruning>();

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

                // OpenID Connect Discovery, section 4, adds the well-known part behind an issuer's path, RFC 8414, section 3, before it.
                if (issuer.Path.Length > 0)
                {
                    server.SetConfigurationEndpointUris(
                        ".well-known/openid-configuration", ".well-known/oauth-authorization-server",
                        issuer.Path[1..] + "/.well-known/openid-configuration", ".well-known/oauth-authorization-server" + issuer.Path);
                }

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
                    .EnableEndUserVerificationEndpointPassthrough().EnableErrorPassthrough().SuppressJsonResponseIndentation()
                    // RFC 7617, section 2, requires one.
                    .SetRealm(issuer.Value);
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

        On<ValidateTokenRequestContext, RefuseTwoClients<ValidateTokenRequestContext>>(int.MinValue + 2_000);
        On<ValidateRevocationRequestContext, RefuseTwoClients<ValidateRevocationRequestContext>>(int.MinValue + 2_000);
        On<ValidateIntrospectionRequestContext, RefuseTwoClients<ValidateIntrospectionRequestContext>>(int.MinValue + 2_000);
        On<ValidatePushedAuthorizationRequestContext, RefuseTwoClients<ValidatePushedAuthorizationRequestContext>>(int.MinValue + 2_000);
        On<ValidateDeviceAuthorizationRequestContext, RefuseTwoClients<ValidateDeviceAuthorizationRequestContext>>(int.MinValue + 2_000);

        On<ValidateTokenRequestContext, RefuseUnnamedClient>(ValidateClientIdParameter.Descriptor.Order - 500);

        On<ValidateAuthorizationRequestContext, RefuseForeignScopes<ValidateAuthorizationRequestContext>>(Authorizing.ValidateScopePermissions.Descriptor.Order - 500);
        On<ValidatePushedAuthorizationRequestContext, RefuseForeignScopes<ValidatePushedAuthorizationRequestContext>>(Authorizing.ValidatePushedScopePermissions.Descriptor.Order - 500);
        On<ValidateTokenRequestContext, RefuseForeignScopes<ValidateTokenRequestContext>>(ValidateScopePermissions.Descriptor.Order - 500);
        On<ValidateDeviceAuthorizationRequestContext, RefuseForeignScopes<ValidateDeviceAuthorizationRequestContext>>(Device.ValidateScopePermissions.Descriptor.Order - 500);
        On<ValidateAuthorizationRequestContext, RefuseMalformedParameters<ValidateAuthorizationRequestContext>>(Authorizing.ValidateProofKeyForCodeExchangeParameters.Descriptor.Order + 500);
        On<ValidatePushedAuthorizationRequestContext, RefuseMalformedParameters<ValidatePushedAuthorizationRequestContext>>(Authorizing.ValidatePushedProofKeyForCodeExchangeParameters.Descriptor.Order + 500);
        On<ValidateTokenRequestContext, RefuseMalformedVerifier>(ValidateCodeVerifier.Descriptor.Order - 500);
        On<ValidateTokenRequestContext, RefuseWiderRefresh>(ValidateGrantedScopes.Descriptor.Order - 500);
        On<ExtractUserInfoRequestContext, RefuseTokenInAddress>(OpenIddictServerAspNetCoreHandlers.ExtractAccessToken<ExtractUserInfoRequestContext>.Descriptor.Order - 500);
        On<ValidateIntrospectionRequestContext, IntrospectNothingElse>(Introspecting.ValidateTokenType.Descriptor.Order - 500);
        On<ValidateRevocationRequestContext, RefuseForeignRevocation>(Revoking.ValidateAuthorizedParty.Descriptor.Order - 500);

        On<ProcessRequestContext, PublicAddress>(InferEndpointType.Descriptor.Order + 500);
        On<ValidateTokenRequestContext, RefuseFirstPartyOverHttp>(ValidateGrantType.Descriptor.Order - 500);
        On<ValidateTokenContext, AcceptPlainAssertions>(ResolveTokenValidationParameters.Descriptor.Order + 500);
        On<ValidateTokenContext, RefuseForeignAssertions>(ValidateExpirationDate.Descriptor.Order + 500);
        On<ProcessAuthenticationContext, SpendClientAssertion>(ValidateClientSecret.Descriptor.Order + 200);
        On<ProcessAuthenticationContext, RefuseInactiveClient>(ValidateClientSecret.Descriptor.Order + 250);
        On<ProcessAuthenticationContext, TokenTransaction>(ValidateAccessToken.Descriptor.Order - 250);
        On<HandleTokenRequestContext, BuildPrincipal>(AttachPrincipal.Descriptor.Order + 500);
        On<ExtractEndUserVerificationRequestContext, ReadTypedUserCode>(int.MaxValue - 1_000);
        On<GenerateTokenContext, KeepNoIdTokens>(CreateTokenEntry.Descriptor.Order - 500);
        On<HandleUserInfoRequestContext, RequireOpenIdForUserInfo>(int.MinValue + 200_000);
        On<ValidateTokenContext, SlowDown>(ValidateTokenEntry.Descriptor.Order - 500);
        On<ValidateTokenContext, RefuseAnsweredUserCode>(ValidateTokenEntry.Descriptor.Order - 400);
        On<ValidateTokenContext, RefuseRevoked>(ValidateAuthorizationEntry.Descriptor.Order + 500);
        On<ValidateTokenRequestContext, AdmitForeignSubject>(ValidateAuthorizedParty.Descriptor.Order - 500);
        On<ProcessSignInContext, TokenTransaction>(int.MinValue + 1_000);
        On<ProcessChallengeContext, TokenTransaction>(int.MinValue + 1_000);
        On<ProcessSignInContext, ClaimDeviceSession>(RestoreInternalClaims.Descriptor.Order + 500);
        On<ProcessSignInContext, BindToBrowser>(AttachAuthorization.Descriptor.Order + 400);
        On<ProcessSignInContext, AttachSessionId>(AttachAuthorization.Descriptor.Order + 500);
        On<ProcessSignInContext, IssuedPrincipal>(AttachAuthorization.Descriptor.Order + 600);
        On<ProcessSignInContext, RefreshSuccessor>(GenerateRefreshToken.Descriptor.Order - 500);
        On<GenerateTokenContext, ChooseSigningKey>(AttachSecurityCredentials.Descriptor.Order + 500);
        On<GenerateTokenContext, UseTokenIdAsJti>(AttachTokenMetadata.Descriptor.Order + 250);
        On<GenerateTokenContext, AmrAsArray>(AttachTokenMetadata.Descriptor.Order + 300);
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
        On<ApplyTokenResponseContext, SubjectErrorOfExchange>(NormalizeErrorResponse.Descriptor.Order + 500);
        On<ApplyTokenResponseContext, KeepInternalResponse>(500_000 - 1_000);

        On<HandleConfigurationRequestContext, NameAssertionAlgorithms>(int.MaxValue - 2_000);
        On<HandleConfigurationRequestContext, HideFirstPartyGrant>(int.MaxValue - 1_000);
        On<HandleConfigurationRequestContext, DescribeServer>(int.MaxValue - 1_000);
        On<HandleIntrospectionRequestContext, ShowScopeToPresenter>(int.MaxValue - 1_000);
        On<HandleUserInfoRequestContext, UserInfo>(int.MaxValue - 1_000);
        On<ProcessErrorContext, DropErrorUri>(int.MinValue + 1_000);
        On<ApplyAuthorizationResponseContext, DropErrorUri>(int.MinValue + 1_000);
        On<ApplyAuthorizationResponseContext, ReturnErrorsToClient>(Authorizing.AttachRedirectUri.Descriptor.Order + 500);
        On<ApplyAuthorizationResponseContext, AllowFormPost>(OpenIddictServerAspNetCoreHandlers.Authentication.ProcessFormPostResponse.Descriptor.Order - 500);
        On<ApplyConfigurationResponseContext, PublicDocument>(OpenIddictServerAspNetCoreHandlers.AttachCacheControlHeader<ApplyConfigurationResponseContext>.Descriptor.Order + 500);
        On<ApplyJsonWebKeySetResponseContext, PublicDocument>(OpenIddictServerAspNetCoreHandlers.AttachCacheControlHeader<ApplyJsonWebKeySetResponseContext>.Descriptor.Order + 500);
        On<ApplyConfigurationResponseContext, VerbatimIssuer>(50_000);
        On<ApplyAuthorizationResponseContext, VerbatimIssuer>(50_000);
        On<ApplyIntrospectionResponseContext, VerbatimIssuer>(50_000);
        On<ApplyUserInfoResponseContext, VerbatimIssuer>(50_000);

        void On<TContext, THandler>(int order) where TContext : BaseContext where THandler : class, IOpenIddictServerHandler<TContext> =>
            server.AddEventHandler<TContext>(handler => handler.UseScopedHandler<THandler>().SetOrder(order));
    }
}
