using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;
using NSubstitute;

namespace GoApi.UnitTests.Users;

public sealed class RevokeAuthorizationTests
{
    private readonly IAuthorizedPrograms programs = Substitute.For<IAuthorizedPrograms>();
    private readonly (Guid User, Guid Program) ids = (NewId(), NewId());

    [Fact]
    public async Task Own_authorization_is_taken_back()
    {
        programs.RevokeAsync(ids.User, ids.Program, Ct).Returns(true);
        Assert.Equal(Done.Value, Value(await new RevokeAuthorizationHandler(programs, SignedIn(ids.User)).HandleAsync(new RevokeAuthorization(ids.Program), Ct)));
    }

    [Fact]
    public async Task What_one_has_not_allowed_is_not_found_and_a_machine_has_allowed_nothing()
    {
        Assert.Equal(UserErrors.NoSuchAuthorization, Failure(await new RevokeAuthorizationHandler(programs, SignedIn(ids.User)).HandleAsync(new RevokeAuthorization(ids.Program), Ct)));
        Assert.Equal(UserErrors.NoSuchAuthorization, Failure(await new RevokeAuthorizationHandler(programs, Client(Scope.ProfileWrite)).HandleAsync(new RevokeAuthorization(ids.Program), Ct)));
    }

    [Fact]
    public void Every_permission_is_listed_once_with_the_roles_that_have_it()
    {
        Assert.Equal(Scope.All.Select(scope => scope.Name).Order(), PermissionDto.All.Select(permission => permission.Name).Order());
        Assert.Equal(["support", "admin"], PermissionDto.All.Single(permission => permission.Name == Permission.TicketsManage).Roles);
        Assert.Equal(["user", "support", "moderator", "admin"], PermissionDto.All.Single(permission => permission.Name == Scope.ProfileRead).Roles);
        Assert.Equal(["openid", "self", "permission"], PermissionDto.All.Select(permission => permission.Kind).Distinct());
    }
}
