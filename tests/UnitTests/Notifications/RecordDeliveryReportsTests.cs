using GoApi.Application.Notifications;
using GoApi.Domain.Notifications;
using NSubstitute;

namespace GoApi.UnitTests.Notifications;

public class RecordDeliveryReportsTests
{
    private readonly IDeliveryReports ledger = Substitute.For<IDeliveryReports>();

    [Fact]
    public async Task Reports_are_handed_to_the_ledger_together()
    {
        DeliveryReport[] reports =
        [
            new(Channel.Email, NewId(), "sg-1", "ada@example.test", ReportKind.Delivered, null, Later),
            new(Channel.Sms, null, "SM1", "+447400123456", ReportKind.Failed, "undelivered (30003)", Later),
        ];

        Value(await Hosted(new RecordDeliveryReportsHandler(ledger)).HandleAsync(new RecordDeliveryReports(reports), Ct));

        await ledger.Received(1).RecordAsync(reports, Ct);
    }

    [Fact]
    public async Task Where_nothing_concerns_us_nothing_is_written()
    {
        Value(await Hosted(new RecordDeliveryReportsHandler(ledger)).HandleAsync(new RecordDeliveryReports([]), Ct));

        Assert.Empty(ledger.ReceivedCalls());
    }
}
