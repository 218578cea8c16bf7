using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.ApiClients;
using GoApi.Domain.Users;
using NSubstitute;

namespace GoApi.UnitTests.ApiClients;

/// <summary>One client, and an administrator's machine that may manage clients and read users.</summary>
public abstract class ClientsWorld
{
    private protected IApiClients Clients { get; } = Substitute.For<IApiClients>();

    private protected IUnitOfWork UnitOfWork { get; } = Substitute.For<IUnitOfWork>();

    private protected ICurrentActor Machine { get; } = Client(Permission.ClientsManage, Permission.UsersRead);

    private protected Guid Id { get; } = NewId();

    private protected void Stored(params string[] scopes) => Stored(isPublic: false, jwks: null, scopes);

    private protected void Stored(bool isPublic, string? jwks, params string[] scopes) => Clients.FindAsync(Id, Arg.Any<CancellationToken>()).Returns(new ApiClientDto
    {
        Id = Id,
        ClientId = "shop",
        Name = "Shop",
        RedirectUris = [],
        PostLogoutRedirectUris = [],
        Scopes = scopes,
        GrantTypes = ["client_credentials"],
        IsPublic = isPublic,
        TokenEndpointAuthMethod = isPublic ? "none" : jwks is null ? "client_secret_basic" : "private_key_jwt",
        Jwks = jwks is null ? null : System.Text.Json.JsonDocument.Parse(jwks).RootElement,
    });

    private protected Task SavedOnce() => UnitOfWork.Received(1).SaveAsync(Arg.Any<CancellationToken>());

    private protected Task NothingSaved() => UnitOfWork.DidNotReceive().SaveAsync(Arg.Any<CancellationToken>());
}
