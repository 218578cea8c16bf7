using System.Text.Json;
using GoApi.Application.ApiClients;
using GoApi.Domain.ApiClients;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;
using NSubstitute;

namespace GoApi.UnitTests.ApiClients;

public sealed class ManageClientTests : ClientsWorld
{
    private const string Jwks = """{"keys":[]}""";

    [Fact]
    public async Task Nobody_takes_over_a_client_that_may_do_more_than_they()
    {
        Stored(Permission.UsersRead, Permission.UsersManage);

        var regenerated = Failure(await Regenerate().HandleAsync(new RegenerateClientSecret(null) { Id = Id }, Ct));
        var updated = Failure(await Update().HandleAsync(Change(), Ct));

        Assert.All([regenerated, updated], error => Assert.Equal((ErrorKind.Forbidden, "FORBIDDEN", "scopes"), (error.Kind, error.Code, error.Fields[0].Field)));
        await NothingSaved();
        await Clients.DidNotReceiveWithAnyArgs().ReplaceSecretAsync(default, default, default);
        await Clients.DidNotReceiveWithAnyArgs().ReplaceAsync(default, default!, default);
    }

    [Fact]
    public async Task Nobody_adds_to_a_client_what_they_may_not_do()
    {
        Stored(Permission.UsersRead);
        Assert.Equal(ErrorKind.Forbidden, Failure(await Update().HandleAsync(Change(Permission.AuditRead), Ct)).Kind);
        await NothingSaved();

        Assert.Equal("Shop", Value(await Update().HandleAsync(Change(Permission.UsersRead), Ct)).Name);
        await SavedOnce();
    }

    [Fact]
    public async Task Old_secret_has_the_grace_that_was_asked_for()
    {
        Stored(Permission.UsersRead);
        Clients.ReplaceSecretAsync(Id, TimeSpan.FromSeconds(90), Arg.Any<CancellationToken>()).Returns("new");

        Assert.Equal("new", Value(await Regenerate().HandleAsync(new RegenerateClientSecret(90) { Id = Id }, Ct)).ClientSecret);
        await SavedOnce();
    }

    [Theory]
    [InlineData(-1, false)]
    [InlineData(0, true)]
    [InlineData(604_800, true)]
    [InlineData(604_801, false)]
    public void Grace_is_a_week_at_most(int seconds, bool allowed) =>
        Assert.Equal(allowed ? [] : ["grace_seconds"], new RegenerateClientSecretValidator().Faults(new RegenerateClientSecret(seconds)));

    [Fact]
    public async Task Public_clients_and_those_with_keys_have_no_secret()
    {
        Stored(isPublic: true, jwks: null);
        Assert.Equal(ApiClientErrors.PublicHasNoSecret, Failure(await Regenerate().HandleAsync(new RegenerateClientSecret(null) { Id = Id }, Ct)));
        Stored(isPublic: false, Jwks);
        Assert.Equal(ApiClientErrors.KeysHaveNoSecret, Failure(await Regenerate().HandleAsync(new RegenerateClientSecret(null) { Id = Id }, Ct)));
        await NothingSaved();
    }

    [Fact]
    public async Task How_a_client_proves_itself_stays()
    {
        Stored(isPublic: false, Jwks);
        Assert.Equal("jwks", Failure(await Update().HandleAsync(Change(), Ct)).Fields[0].Field);
        Stored();
        Assert.Equal("jwks", Failure(await Update().HandleAsync(Change() with { Jwks = JsonDocument.Parse(Jwks).RootElement }, Ct)).Fields[0].Field);
        await NothingSaved();
    }

    [Fact]
    public async Task Unknown_client_is_not_found()
    {
        Assert.Equal(ApiClientErrors.NotFound, Failure(await Regenerate().HandleAsync(new RegenerateClientSecret(null) { Id = Id }, Ct)));
        Assert.Equal(ApiClientErrors.NotFound, Failure(await Update().HandleAsync(Change(), Ct)));
    }

    private RegenerateClientSecretHandler Regenerate() => new(Clients, UnitOfWork, Machine);

    private UpdateClientHandler Update() => new(Clients, UnitOfWork, Machine);

    private UpdateClient Change(params string[] scopes) => new("Shop", null, null, null, scopes, ["client_credentials"], null) { Id = Id };
}
