using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Users;
using GoApi.Domain.Users;
using NSubstitute;

namespace GoApi.UnitTests.Users;

public class TellOwnerOfTokenReuseTests : UsersWorld
{
    private readonly IUserDirectory directory = Substitute.For<IUserDirectory>();
    private readonly SentMessages sent = new(new Consumed.Failed("503"));
    private readonly Message message = new(NewId(), 1, false);
    private readonly Guid session = NewId();

    public TellOwnerOfTokenReuseTests() => directory.FindAddressAsync(Me, Ct).Returns((Email, "Ada", "fr"));

    [Theory]
    [InlineData("Shop & Sons")]
    [InlineData(null)]
    public async Task Owner_learns_which_program_it_was_if_that_is_known_and_the_outcome_is_passed_on(string? program)
    {
        Sessions.FindProgramAsync(session, Ct).Returns(program);

        Assert.Equal(new Consumed.Failed("503"), await Consumer().HandleAsync(new TokenReuseDetected(Me, session), message, Ct));

        sent.Single.Is("users.token-reuse", message, new Recipient(Me, Email, "fr"), ("first_name", "Ada"), ("program", program));
    }

    [Fact]
    public async Task Account_that_is_gone_is_not_written_to()
    {
        directory.FindAddressAsync(Me, Ct).Returns(((string, string, string?)?)null);

        Assert.Equal(Consumed.Done, await Consumer().HandleAsync(new TokenReuseDetected(Me, session), message, Ct));
        Assert.Empty(sent.All);
    }

    private TellOwnerOfTokenReuse Consumer() => new(directory, Sessions, sent);
}
