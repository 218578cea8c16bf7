using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.AuditLogs;
using GoApi.Domain.Kernel;
using NSubstitute;

namespace GoApi.UnitTests.AuditLogs;

public class AuditLogFilterTests
{
    private readonly IAuditLogQueries entries = Substitute.For<IAuditLogQueries>();
    private readonly IAuditTrail audit = Substitute.For<IAuditTrail>();
    private readonly IUnitOfWork unitOfWork = Substitute.For<IUnitOfWork>();

    [Fact]
    public void Nothing_need_be_given() => Assert.Empty(new AuditLogFilterValidator().Faults(AuditLogFilter.None));

    [Fact]
    public void All_faults_are_named_at_once() => Assert.Equal(
        ["client_id", "action", "resource", "resource_id", "status", "ip", "request_id"],
        new AuditLogFilterValidator().Faults(new AuditLogFilter(null, Text(101), "login", Text(65), Text(129), "lost", "127.1", Text(129), null, null)));

    [Theory]
    [InlineData("reviews.moderate", true)]
    [InlineData("audit_logs.*", true)]
    [InlineData("*", false)]
    [InlineData("reviews.", false)]
    [InlineData("reviews.mod*", false)]
    [InlineData("reviews.moderate\n", false)]
    [InlineData("Reviews.Moderate", false)]
    public void Action_is_one_or_all_of_a_module(string action, bool valid) =>
        Assert.Equal(valid ? [] : ["action"], new AuditLogFilterValidator().Faults(AuditLogFilter.None with { Action = action }));

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1")]
    [InlineData("::ffff:192.0.2.1", "192.0.2.1")]
    [InlineData("2001:DB8:0:0::1", "2001:db8::1")]
    [InlineData("fe80::1%eth0", "fe80::1")]
    [InlineData("127.1", null)]
    [InlineData("0177.0.0.1", null)]
    [InlineData("[::1]", null)]
    [InlineData("example.com", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void Address_has_one_spelling(string? text, string? canonical) => Assert.Equal(canonical, ClientAddress.Canonical(text));

    [Fact]
    public async Task Reading_the_trail_of_somebody_is_an_entry_about_them()
    {
        var person = NewId();
        var filter = AuditLogFilter.None with { UserId = person };
        entries.ListAsync(filter, Arg.Any<PageRequest>(), Ct).Returns((Result<Page<AuditLogDto>>)new Page<AuditLogDto>([], 20, 1, 0, null));

        Assert.False((await new ListAuditLogsHandler(entries, audit, unitOfWork).HandleAsync(new ListAuditLogs(filter, new PageRequest(null, null, null)), Ct)).Failed(out _, out _));

        audit.Received(1).Record("audit_logs.list", AuditStatus.Success, "user", person.ToString());
        await unitOfWork.Received(1).SaveAsync(Ct);
    }

    [Fact]
    public async Task Export_has_its_entry_before_anything_is_read()
    {
        Assert.False((await new ExportAuditLogsHandler(entries, audit, unitOfWork).HandleAsync(new ExportAuditLogs(AuditLogFilter.None), Ct)).Failed(out _, out _));

        Received.InOrder(() =>
        {
            audit.Record("audit_logs.export", AuditStatus.Success, "audit_log", null);
            unitOfWork.SaveAsync(Ct);
            entries.StreamAsync(AuditLogFilter.None, Ct);
        });
    }

    [Fact]
    public async Task Entry_that_is_not_there_is_not_found_and_nothing_is_written_down()
    {
        Assert.True((await new ReadAuditLogHandler(entries, audit, unitOfWork).HandleAsync(new ReadAuditLog(NewId()), Ct)).Failed(out var error, out _));

        Assert.Equal(ErrorKind.NotFound, error!.Kind);
        await unitOfWork.DidNotReceiveWithAnyArgs().SaveAsync(default);
    }

    [Theory]
    [InlineData(null, AuditExportFormat.Csv)]
    [InlineData("csv", AuditExportFormat.Csv)]
    [InlineData("jsonl", AuditExportFormat.Jsonl)]
    public void Format_of_an_export_is_csv_unless_it_is_named(string? format, AuditExportFormat kind) => Assert.Equal(kind, new AuditLogExport(format).Kind());

    [Fact]
    public void Format_that_is_none_is_refused() => Assert.Equal(["format"], new AuditLogExportValidator().Faults(new AuditLogExport("xml")));
}
