using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Application.Notifications;
using GoApi.Domain.Kernel;
using GoApi.Domain.Notifications;
using GoApi.Domain.Users;
using NSubstitute;

namespace GoApi.UnitTests.Notifications;

public abstract class TemplatesWorld
{
    private protected ITemplates Templates { get; } = Substitute.For<ITemplates>();

    private protected ITemplateRepository Stored { get; } = Substitute.For<ITemplateRepository>();

    private protected IUnitOfWork UnitOfWork { get; } = Substitute.For<IUnitOfWork>();

    private protected Guid Me { get; } = NewId();

    private protected TemplatesWorld()
    {
        Templates.Check("", "", null).ReturnsForAnyArgs(Done.Value);
        Templates.FindSystemCategory("").ReturnsForAnyArgs((string?)null);
        Templates.FindSystemCategory("users.suspended").Returns("security");
    }

    private protected async Task NothingHappened()
    {
        Stored.DidNotReceiveWithAnyArgs().Add(null!);
        Stored.DidNotReceiveWithAnyArgs().Remove(null!);
        await UnitOfWork.DidNotReceiveWithAnyArgs().SaveAsync(Ct);
    }
}

public class WriteTemplateTests : TemplatesWorld
{
    private static readonly WriteTemplate Request = new("Subject", "Text", null, null, null) { Name = "orders.shipped" };

    [Fact]
    public async Task First_version_is_English_and_general_where_nothing_is_said()
    {
        var written = Value(await Hosted().HandleAsync(Request, Ct));

        Assert.Equal(("orders.shipped", "en", 1, "general", Me), (written.Name, written.Locale, written.Version, written.Category, written.CreatedBy));
        Assert.Equal(("Subject", "Text", null, false, Later), (written.Subject, written.Text, written.Html, written.IsSystem, written.CreatedAt));
        Stored.Received(1).Add(Arg.Is<NotificationTemplate>(row => row.Revision == 1 && row.Subject == "Subject"));
        await UnitOfWork.Received(1).SaveAsync(Ct);
    }

    [Fact]
    public async Task Next_version_follows_and_keeps_the_category()
    {
        Stored.FindNewestAsync("orders.shipped", "de-AT", Ct).Returns(("orders", 4));

        var written = Value(await Hosted().HandleAsync(Request with { Locale = "DE-at", Html = " ", Text = "x" }, Ct));

        Assert.Equal(("de-AT", 5, "orders", null), (written.Locale, written.Version, written.Category, written.Html));
    }

    [Fact]
    public async Task Category_can_be_changed_but_not_that_of_a_template_of_the_system()
    {
        Stored.FindNewestAsync("orders.shipped", "en", Ct).Returns(("orders", 1));

        Assert.Equal("news", Value(await Hosted().HandleAsync(Request with { Category = "news" }, Ct)).Category);
        Assert.Equal("security", Value(await Hosted().HandleAsync(Request with { Name = "users.suspended" }, Ct)).Category);
        Assert.Equal("security", Value(await Hosted().HandleAsync(Request with { Name = "users.suspended", Category = "security" }, Ct)).Category);
        UnitOfWork.ClearReceivedCalls();
        Stored.ClearReceivedCalls();

        Assert.Equal("category", Assert.Single(Failure(await Hosted().HandleAsync(Request with { Name = "users.suspended", Category = "general" }, Ct)).Fields).Field);
        await NothingHappened();
    }

    [Fact]
    public async Task What_cannot_be_rendered_is_not_written()
    {
        Templates.Check("Subject", "Text", "<p>").Returns(Error.Invalid("html", "Line 1: no."));

        Assert.Equal("html", Assert.Single(Failure(await Hosted().HandleAsync(Request with { Html = "<p>" }, Ct)).Fields).Field);
        await NothingHappened();
    }

    [Theory]
    [InlineData("a", "x", "x", "x", "en", "general")]
    [InlineData("0-9_.z", "x", "x", null, null, null)]
    [InlineData("", "", "", null, "english", "General", "name", "subject", "text", "locale", "category")]
    [InlineData("A", "x", "x", null, "e", "", "name", "locale", "category")]
    [InlineData(".a", "x", "x", null, null, null, "name")]
    [InlineData("a/b", "x", "x", null, null, null, "name")]
    public void Faults_are_named_at_once(string name, string subject, string text, string? html, string? locale, string? category, params string[] faults) =>
        Assert.Equal(faults, new WriteTemplateValidator().Faults(new WriteTemplate(subject, text, html, locale, category) { Name = name }));

    [Fact]
    public void Sizes_have_boundaries()
    {
        Assert.Empty(new WriteTemplateValidator().Faults(new WriteTemplate(Text(998), Text(100_000), Text(200_000), null, Text(32)) { Name = Text(100) }));
        Assert.Equal(
            ["name", "subject", "text", "html", "category"], new WriteTemplateValidator().Faults(new WriteTemplate(Text(999), Text(100_001), Text(200_001), null, Text(33)) { Name = Text(101) }));
    }

    [Theory]
    [InlineData("EN", "en")]
    [InlineData("de-at", "de-AT")]
    [InlineData("ZH-hant-tw", "zh-Hant-TW")]
    public void Locale_has_one_spelling(string given, string canonical) => Assert.Equal(canonical, TemplateLocales.Canonical(given));

    private IUseCase<WriteTemplate, TemplateDto> Hosted() =>
        Given.Hosted(new WriteTemplateHandler(Templates, Stored, UnitOfWork, SignedIn(Me, Role.Admin), Clock), new WriteTemplateValidator());
}

public class DeleteTemplateTests : TemplatesWorld
{
    [Fact]
    public async Task Every_version_goes_in_one_save()
    {
        NotificationTemplate[] versions = [Version(1), Version(2)];
        Stored.FindAllAsync("users.suspended", Ct).Returns(versions);

        Value(await Hosted().HandleAsync(new DeleteTemplate("users.suspended"), Ct));

        foreach (var version in versions) Stored.Received(1).Remove(version);
        await UnitOfWork.Received(1).SaveAsync(Ct);
    }

    [Theory]
    [InlineData("unknown", "NOT_FOUND")]
    [InlineData("users.suspended", "CONFLICT")]
    public async Task What_nobody_has_written_cannot_be_deleted(string name, string code)
    {
        Stored.FindAllAsync(name, Ct).Returns([]);

        Assert.Equal(code, Failure(await Hosted().HandleAsync(new DeleteTemplate(name), Ct)).Code);
        await NothingHappened();
    }

    private static NotificationTemplate Version(int revision) => NotificationTemplate.Write("users.suspended", "en", revision, "security", "Subject", "Text", null, null, Start);

    private IUseCase<DeleteTemplate, Done> Hosted() => Given.Hosted(new DeleteTemplateHandler(Templates, Stored, UnitOfWork));
}
