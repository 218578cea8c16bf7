using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Messaging;

namespace GoApi.UnitTests;

/// <summary>Takes what consumers send, and says how it went.</summary>
internal sealed class SentMessages(Consumed? outcome = null) : IMessenger
{
    public const string InApp = "in-app";

    private readonly List<SentMessage> all = [];

    public Consumed Outcome { get; set; } = outcome ?? Consumed.Done;

    public IReadOnlyList<SentMessage> All => all;

    public SentMessage Single => Assert.Single(all);

    public Task<Consumed> MailAsync(Message message, Recipient to, string template, IReadOnlyDictionary<string, object?> variables, CancellationToken ct) =>
        Take(new SentMessage("mail", message, to, template, variables));

    public Task<Consumed> TextAsync(Message message, Recipient to, string template, IReadOnlyDictionary<string, object?> variables, CancellationToken ct) =>
        Take(new SentMessage("text", message, to, template, variables));

    public Task<Consumed> PutIntoInboxAsync(Message message, Recipient to, string template, IReadOnlyDictionary<string, object?> variables, CancellationToken ct) =>
        Take(new SentMessage(InApp, message, to, template, variables));

    private Task<Consumed> Take(SentMessage sent)
    {
        all.Add(sent);
        return Task.FromResult(Outcome);
    }
}

internal sealed record SentMessage(string Kind, Message Message, Recipient To, string Template, IReadOnlyDictionary<string, object?> Variables)
{
    public void Is(string template, Message message, Recipient to, params (string Name, object? Value)[] variables)
    {
        Assert.Equal((template, message, to), (Template, Message, To));
        Assert.Equal(variables.ToDictionary(variable => variable.Name, variable => variable.Value), Variables);
    }
}
