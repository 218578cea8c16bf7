using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Users;
using NSubstitute;

namespace GoApi.UnitTests.Users;

/// <summary>The ports of the module.</summary>
public abstract class UsersWorld
{
    protected const string Email = "ada@example.com";

    protected static readonly Secret Password = new("correct horse battery");

    private protected IUserAccounts Accounts { get; } = Substitute.For<IUserAccounts>();

    private protected IUserQueries Users { get; } = Substitute.For<IUserQueries>();

    private protected ISecondFactor Factor { get; } = Substitute.For<ISecondFactor>();

    private protected IPasswordResets Resets { get; } = Substitute.For<IPasswordResets>();

    private protected ICredentialChanges Credentials { get; } = Substitute.For<ICredentialChanges>();

    private protected IPhoneChanges Phones { get; } = Substitute.For<IPhoneChanges>();

    private protected IUserAdministration Administration { get; } = Substitute.For<IUserAdministration>();

    private protected IAdministrators Administrators { get; } = Substitute.For<IAdministrators>();

    private protected ISessions Sessions { get; } = Substitute.For<ISessions>();

    private protected IBrowserSessions BrowserSessions { get; } = Substitute.For<IBrowserSessions>();

    private protected IRegistrationPolicy Policy { get; } = Substitute.For<IRegistrationPolicy>();

    private protected IAuditTrail Audit { get; } = Substitute.For<IAuditTrail>();

    private protected IUnitOfWork UnitOfWork { get; } = Substitute.For<IUnitOfWork>();

    private protected Guid Me { get; } = NewId();

    private protected IssuedTokens Tokens => new("access", "refresh", "Bearer", 3600, Me);

    private protected LoginAccount Account => new(Me, EmailVerified: false, "stamp");

    private protected UserDto Dto => new() { Id = Me, Email = Email, FirstName = "Ada", LastName = "Lovelace" };

    private protected Task SavedOnce() => UnitOfWork.Received(1).SaveAsync(Arg.Any<CancellationToken>());

    private protected Task NothingSaved() => UnitOfWork.DidNotReceive().SaveAsync(Arg.Any<CancellationToken>());
}
