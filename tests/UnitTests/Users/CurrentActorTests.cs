using GoApi.Application.Abstractions.Identity;
using GoApi.Domain.Users;

namespace GoApi.UnitTests.Users;

public class CurrentActorTests
{
    [Fact]
    public void Both_the_role_and_the_token_must_give_a_permission()
    {
        Assert.True(With(Role.Moderator, "reviews:moderate").May("reviews:moderate"));
        Assert.False(With(Role.Moderator).May("reviews:moderate"));
        Assert.False(With(Role.User, "reviews:moderate").May("reviews:moderate"));
        Assert.False(With(Role.Moderator, "reviews:moderate").May("users:manage"));
    }

    [Fact]
    public void Scopes_alone_decide_for_a_client_without_a_user()
    {
        Assert.True(Client("audit:read").May("audit:read"));
        Assert.False(Client("audit:read").May("users:read"));
    }

    [Fact]
    public void User_without_a_role_may_nothing()
    {
        var actor = new CurrentActor();
        actor.Become(new Actor(NewId(), "app", null, new HashSet<string> { "audit:read" }, null, null, null, "request-1"));

        Assert.False(actor.May("audit:read"));
    }

    [Fact]
    public void Nobody_is_authenticated_and_may_anything_at_the_start()
    {
        var actor = new CurrentActor();

        Assert.False(actor.IsAuthenticated);
        Assert.All(Permission.All, permission => Assert.False(actor.May(permission.Name)));
        Assert.Equal((null, null, null, null), (actor.UserId, actor.ClientId, actor.Role, actor.SessionId));
    }

    [Fact]
    public void User_and_client_are_authenticated_and_the_system_is_not()
    {
        var system = new CurrentActor();
        system.Become(Actor.System("request-7"));

        Assert.True(SignedIn(NewId()).IsAuthenticated);
        Assert.True(Client().IsAuthenticated);
        Assert.False(system.IsAuthenticated);
        Assert.Equal("request-7", system.RequestId);
    }

    [Fact]
    public void Scope_is_what_the_token_carries()
    {
        Assert.True(SignedIn(NewId()).HasScope("reviews:write"));
        Assert.False(Client("audit:read").HasScope("reviews:write"));
    }

    [Fact]
    public void Log_in_of_ones_own_is_first_party_and_no_program_is()
    {
        var machine = new CurrentActor();
        machine.Become(new Actor(null, FirstPartyClient.Id, null, new HashSet<string>(), null, null, null, "request-1"));

        Assert.True(SignedIn(NewId()).IsFirstParty);
        Assert.False(With(Role.Admin, "profile:write").IsFirstParty);
        Assert.False(machine.IsFirstParty);
        Assert.False(new CurrentActor().IsFirstParty);
    }

    private static CurrentActor With(Role role, params string[] scopes)
    {
        var actor = new CurrentActor();
        actor.Become(new Actor(NewId(), "app", role, scopes.ToHashSet(), null, null, null, "request-1"));
        return actor;
    }
}
