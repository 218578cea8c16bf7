using System.Net;
using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Messaging;

namespace GoApi.UnitTests.Abstractions;

public class MailTextTests
{
    private const string Attack = "<script>alert('x')</script>\" onload=\"x&y";

    [Fact]
    public void Words_are_escaped_in_html_and_plain_in_text()
    {
        var mail = Mail(new MailText("GoApi", Attack).Paragraph(Attack).Code(Attack).Button(Attack, new Uri("https://example.com/")));

        Assert.DoesNotContain("<script", mail.Html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("\" onload", mail.Html, StringComparison.Ordinal);
        Assert.Contains(Attack, mail.Text, StringComparison.Ordinal);
        Assert.Contains(WebUtility.HtmlEncode(Attack), mail.Html, StringComparison.Ordinal);
    }

    [Fact]
    public void Address_of_a_button_cannot_leave_its_attribute()
    {
        var mail = Mail(new MailText("GoApi", "Hello").Button("Go", new Uri("https://example.com/?a=1&b=%22\"><script>x</script>")));

        Assert.DoesNotContain("<script", mail.Html, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("?a=1&amp;b=", mail.Html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Hello\r\nBcc: eve@example.com")]
    [InlineData("Hello\nBcc: eve@example.com")]
    [InlineData("Hello\rBcc: eve@example.com")]
    [InlineData("Hello\u2028Bcc: eve@example.com")]
    [InlineData("Hello\u0085Bcc: eve@example.com")]
    public void Subject_is_one_line(string subject) => Assert.Equal("Hello Bcc: eve@example.com", Mail(new MailText("GoApi", subject)).Subject);

    [Fact]
    public void Nothing_breaks_a_subject_or_becomes_markup() => Always<string?>(words =>
    {
        var (mail, plain) = (Mail(new MailText(words ?? "", words ?? "").Paragraph(words ?? "").Code(words ?? "").Because(words ?? "")), Mail(new MailText("", "").Paragraph("").Code("").Because("")));
        return !mail.Subject.AsSpan().ContainsAny('\r', '\n') && mail.Html.Count(letter => letter == '<') == plain.Html.Count(letter => letter == '<');
    });

    [Fact]
    public void Message_has_its_id_and_address_and_both_forms()
    {
        var id = NewId();

        var mail = new MailText("GoApi", "Hello (GoApi)").Paragraph("One").Paragraph("Two").ToMessage(id, "ada@example.com");

        Assert.Equal((id, "ada@example.com", "Hello (GoApi)", "One\n\nTwo\n\n-- \nYou get this mail because of your account at GoApi.\n"), (mail.MessageId, mail.To, mail.Subject, mail.Text));
        Assert.StartsWith("<!doctype html>", mail.Html, StringComparison.Ordinal);
        Assert.Contains("<title>Hello (GoApi)</title>", mail.Html, StringComparison.Ordinal);
        // The name stands above it already.
        Assert.Contains(">Hello</h1>", mail.Html, StringComparison.Ordinal);
    }

    [Fact]
    public void Preview_is_what_follows_the_greeting_and_not_too_long()
    {
        var mail = Mail(new MailText("GoApi", "Subject").Paragraph("Hello Ada,").Paragraph(string.Join(' ', Enumerable.Repeat("word", 100))));

        Assert.Contains($"overflow:hidden\">{string.Join(' ', Enumerable.Repeat("word", 28))}…</div>", mail.Html, StringComparison.Ordinal);
        Assert.Contains("overflow:hidden\"></div>", Mail(new MailText("GoApi", "Subject").Paragraph("Hello,").Paragraph(new string('w', 500))).Html, StringComparison.Ordinal);
    }

    [Fact]
    public void Reason_stands_below_it_in_both_forms()
    {
        var mail = Mail(new MailText("GoApi", "Subject").Paragraph("One").Because("Somebody asked for it."));

        Assert.EndsWith("-- \nSomebody asked for it.\n", mail.Text, StringComparison.Ordinal);
        Assert.Contains("Somebody asked for it.</td>", mail.Html, StringComparison.Ordinal);
    }

    private static EmailMessage Mail(MailText text) => text.ToMessage(NewId(), "ada@example.com");
}

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
