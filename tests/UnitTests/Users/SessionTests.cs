using GoApi.Application.Abstractions.UseCases;
using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;
using NSubstitute;

namespace GoApi.UnitTests.Users;

public class RefreshSessionTests : UsersWorld
{
    [Fact]
    public async Task Good_token_gives_the_next_pair()
    {
        Sessions.RefreshAsync("token", Ct).Returns(Tokens);

        Assert.Equal(Tokens, Value(await Hosted().HandleAsync(new RefreshSession("token"), Ct)));
    }

    [Fact]
    public async Task Bad_token_is_unauthorized()
    {
        Sessions.RefreshAsync("token", Ct).Returns(UserErrors.BadRefreshToken);

        Assert.Equal("UNAUTHORIZED", Failure(await Hosted().HandleAsync(new RefreshSession("token"), Ct)).Code);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(4_096, true)]
    [InlineData(0, false)]
    [InlineData(4_097, false)]
    public void Token_has_a_boundary(int length, bool good) =>
        Assert.Equal(good ? [] : ["refresh_token"], new RefreshSessionValidator().Faults(new RefreshSession(Text(length))));

    [Fact]
    public async Task Missing_token_is_invalid_and_redeems_nothing()
    {
        Assert.Equal("VALIDATION_FAILED", Failure(await Hosted().HandleAsync(new RefreshSession(null!), Ct)).Code);
        await Sessions.DidNotReceiveWithAnyArgs().RefreshAsync("", Ct);
    }

    private IUseCase<RefreshSession, IssuedTokens> Hosted() => Given.Hosted(new RefreshSessionHandler(Sessions), new RefreshSessionValidator());
}

public class LogOutTests : UsersWorld
{
    [Fact]
    public async Task Session_of_the_token_ends()
    {
        var session = NewId();

        Value(await Given.Hosted(new LogOutHandler(Sessions, SignedIn(Me, sessionId: session))).HandleAsync(new LogOut(), Ct));

        await Sessions.Received(1).EndAsync(session, Ct);
    }

    [Fact]
    public async Task Token_without_a_session_is_a_conflict_and_ends_nothing()
    {
        var error = Failure(await Given.Hosted(new LogOutHandler(Sessions, Client())).HandleAsync(new LogOut(), Ct));

        Assert.Equal((ErrorKind.Conflict, "CONFLICT"), (error.Kind, error.Code));
        await Sessions.DidNotReceiveWithAnyArgs().EndAsync(default, Ct);
    }
}
