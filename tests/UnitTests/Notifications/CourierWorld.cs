using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Sms;
using GoApi.Application.Notifications;
using GoApi.Domain.Notifications;
using NSubstitute;

namespace GoApi.UnitTests.Notifications;

/// <summary>The ledger, the templates and the providers, as the courier sees them.</summary>
public abstract class CourierWorld
{
    private protected static readonly RenderedMessage Rendered = new("reviews", "Hello", "One\n\nTwo", "<p>html</p>", "You asked for it.");

    private protected CourierWorld()
    {
        Deliveries.When(ledger => ledger.OpenAsync(Arg.Any<Delivery>(), Arg.Any<CancellationToken>())).Do(call => Added.Add(call.Arg<Delivery>()));
        Deliveries.When(ledger => ledger.Add(Arg.Any<DeliveryAttempt>())).Do(call => Attempts.Add(call.Arg<DeliveryAttempt>()));
        Deliveries.FindSuppressionAsync(default, null!, Ct).ReturnsForAnyArgs((SuppressionReason?)null);
    }

    private protected IDeliveries Deliveries { get; } = Substitute.For<IDeliveries>();

    private protected ITemplates Templates { get; } = Substitute.For<ITemplates>();

    private protected IEmailSender Mails { get; } = Substitute.For<IEmailSender>();

    private protected ISmsSender Texts { get; } = Substitute.For<ISmsSender>();

    private protected List<Delivery> Added { get; } = [];

    private protected List<DeliveryAttempt> Attempts { get; } = [];

    private protected Courier Courier() => new(Deliveries, Templates, Mails, Texts, Clock);

    private protected async Task NothingSent()
    {
        await Mails.DidNotReceiveWithAnyArgs().SendAsync(null!, Ct);
        await Texts.DidNotReceiveWithAnyArgs().SendAsync(null!, Ct);
    }
}
