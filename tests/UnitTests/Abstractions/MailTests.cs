using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Messaging;

namespace GoApi.UnitTests.Abstractions;

public class SendResultTests
{
    public static TheoryData<SendResult, Consumed> Outcomes => new()
    {
        { new(SendOutcome.Sent, "provider-1"), Consumed.Done },
        { new(SendOutcome.Rejected, Error: "400"), new Consumed.Dead("400") },
        { new(SendOutcome.Rejected), new Consumed.Dead("Refused by the provider.") },
        { new(SendOutcome.Unavailable, Error: "503", RetryAfter: TimeSpan.FromSeconds(7)), new Consumed.Failed("503", TimeSpan.FromSeconds(7)) },
        { new(SendOutcome.Unavailable), new Consumed.Failed("The provider does not answer.") },
        { new(SendOutcome.Unknown, Error: "reset"), new Consumed.Unknown("reset") },
        { new(SendOutcome.Unknown), new Consumed.Unknown("The provider took it and did not answer.") },
    };

    [Theory]
    [MemberData(nameof(Outcomes))]
    public void Outcome_decides_how_the_attempt_ended(SendResult result, Consumed consumed) => Assert.Equal(consumed, result.ToConsumed());

    [Fact]
    public void Every_outcome_is_known() => Assert.All(Enum.GetValues<SendOutcome>(), outcome => Assert.NotNull(new SendResult(outcome).ToConsumed()));

    [Fact]
    public void Outcome_that_is_not_known_is_a_bug() => Assert.Throws<InvalidOperationException>(() => new SendResult((SendOutcome)99).ToConsumed());
}
