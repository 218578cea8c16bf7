using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Abstractions.Sms;
using GoApi.Application.Notifications;
using GoApi.Domain.Notifications;
using NSubstitute;

namespace GoApi.UnitTests.Notifications;

public class MessengerTests
{
    private static readonly Dictionary<string, object?> Variables = new() { ["first_name"] = "Ada" };
    private static readonly RenderedMessage Rendered = new("security", "Hello", "One\n\nTwo", "<p>html</p>", "You asked for it.");

    private readonly ITemplates templates = Substitute.For<ITemplates>();
    private readonly IEmailSender mails = Substitute.For<IEmailSender>();
    private readonly ISmsSender texts = Substitute.For<ISmsSender>();
    private readonly Message message = new(NewId(), 1, false);

    [Fact]
    public async Task Mail_is_rendered_in_the_language_of_its_reader_with_why_they_get_it_below_the_text()
    {
        templates.RenderAsync("users.suspended", "de", Variables, Ct).Returns(Rendered);
        mails.SendAsync(new EmailMessage(message.Id, "ada@example.com", "Hello", "One\n\nTwo\n\n-- \nYou asked for it.\n", "<p>html</p>"), Ct).Returns(new SendResult(SendOutcome.Sent));

        Assert.Equal(Consumed.Done, await Messenger().MailAsync(message, new Recipient(NewId(), "ada@example.com", "de"), "users.suspended", Variables, Ct));
    }

    [Fact]
    public async Task Text_message_is_the_text_alone_and_the_outcome_passed_on()
    {
        templates.RenderAsync("users.phone-code", null, Variables, Ct).Returns(Rendered);
        texts.SendAsync(new SmsMessage(message.Id, "+447400123456", "One\n\nTwo"), Ct).Returns(new SendResult(SendOutcome.Unavailable, Error: "503"));

        Assert.Equal(new Consumed.Failed("503"), await Messenger().TextAsync(message, new Recipient(null, "+447400123456", null), "users.phone-code", Variables, Ct));
    }

    [Fact]
    public async Task What_cannot_be_rendered_is_dead_and_goes_to_no_provider()
    {
        templates.RenderAsync("", null, Variables, Ct).ReturnsForAnyArgs(TemplateErrors.NotFound);

        Assert.Equal(new Consumed.Dead("The template was not found."), await Messenger().MailAsync(message, new Recipient(null, "ada@example.com", null), "gone", Variables, Ct));
        Assert.Equal(new Consumed.Dead("The template was not found."), await Messenger().TextAsync(message, new Recipient(null, "+447400123456", null), "gone", Variables, Ct));
        await mails.DidNotReceiveWithAnyArgs().SendAsync(null!, Ct);
        await texts.DidNotReceiveWithAnyArgs().SendAsync(null!, Ct);
    }

    private Messenger Messenger() => new(templates, mails, texts);
}
