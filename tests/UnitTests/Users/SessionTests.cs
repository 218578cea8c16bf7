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

public class EndSessionTests : UsersWorld
{
    private readonly ISessionQueries queries = Substitute.For<ISessionQueries>();
    private readonly Guid session = NewId();

    [Fact]
    public async Task Own_session_ends()
    {
        queries.IsOfAsync(session, Me, Ct).Returns(true);

        Value(await Given.Hosted(new EndSessionHandler(Sessions, queries, SignedIn(Me))).HandleAsync(new EndSession(session), Ct));

        await Sessions.Received(1).EndAsync(session, Ct);
    }

    [Fact]
    public async Task Session_of_somebody_else_is_not_found_and_goes_on()
    {
        queries.IsOfAsync(session, NewId(), Ct).Returns(true);

        Assert.Equal(UserErrors.NoSuchSession, Failure(await Given.Hosted(new EndSessionHandler(Sessions, queries, SignedIn(Me))).HandleAsync(new EndSession(session), Ct)));
        Assert.Equal(UserErrors.NoSuchSession, Failure(await Given.Hosted(new EndSessionHandler(Sessions, queries, Client())).HandleAsync(new EndSession(session), Ct)));
        await Sessions.DidNotReceiveWithAnyArgs().EndAsync(default, Ct);
    }

    [Fact]
    public async Task All_others_end_but_the_one_that_asks()
    {
        Value(await Given.Hosted(new EndOtherSessionsHandler(Sessions, SignedIn(Me, sessionId: session))).HandleAsync(new EndOtherSessions(), Ct));

        await Sessions.Received(1).EndAllAsync(Me, session, Ct);
    }

    [Fact]
    public async Task Machine_has_no_sessions_to_end()
    {
        Assert.Equal(UserErrors.NotFound, Failure(await Given.Hosted(new EndOtherSessionsHandler(Sessions, Client())).HandleAsync(new EndOtherSessions(), Ct)));
        await Sessions.DidNotReceiveWithAnyArgs().EndAllAsync(default, null, Ct);
    }
}
