using System.Text.Json;
using FluentValidation;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;
using GoApi.Domain.Notifications;
using GoApi.Domain.Users;

namespace GoApi.Application.Notifications;

/// <summary>Accepts a message to one, some or very many people; a worker sends it.</summary>
/// <param name="UserIds">Or a role.</param>
/// <param name="Role">Everybody who has it when it is sent.</param>
/// <param name="Channels">In whatever order.</param>
/// <param name="Template">With <paramref name="Variables"/>, or else a title and a content.</param>
/// <param name="Category">Of a title and a content; a template has its own.</param>
/// <param name="SendAt">Not earlier; at once where it is not given, or past.</param>
public sealed record SendNotification(
    IReadOnlyList<Guid>? UserIds, string? Role, IReadOnlyList<string>? Channels, string? Template, JsonElement? Variables, string? Title, string? Content, string? Category, DateTimeOffset? SendAt)
{
    /// <summary>Longer ahead nobody remembers it.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromDays(366);
}

/// <param name="Accepted">How many people it is for.</param>
public sealed record AcceptedBatch(Guid BatchId, int Accepted);

internal sealed class SendNotificationValidator : AbstractValidator<SendNotification>
{
    public SendNotificationValidator(TimeProvider time)
    {
        RuleFor(request => request.UserIds).Must(ids => ids is null or { Count: > 0 and <= NotificationBatch.MaxRecipients })
            .WithMessage($"Give 1 to {NotificationBatch.MaxRecipients} users.");
        RuleFor(request => request.UserIds).Must((request, ids) => ids is null != request.Role is null).WithMessage("Give either user_ids or a role.");
        RuleFor(request => request.Role).OneOf<SendNotification, Role>();
        RuleFor(request => request.Channels).Must(channels => channels is { Count: > 0 }).WithMessage("Give at least one channel.");
        RuleForEach(request => request.Channels).NotNull().OneOf<SendNotification, Channel>();
        RuleFor(request => request.Template).Must((request, template) => template is null != (request.Title is null && request.Content is null))
            .WithMessage("Give either a template, or a title and a content.");
        RuleFor(request => request.Template).MaximumLength(NotificationTemplate.MaxName);
        RuleFor(request => request.Variables).Must(variables => variables is null or { ValueKind: JsonValueKind.Object or JsonValueKind.Null })
            .WithMessage("The variables are an object.")
            .Must(variables => variables is null || variables.Value.GetRawText().Length <= NotificationBatch.MaxVariables)
            .WithMessage($"The variables have at most {NotificationBatch.MaxVariables} characters.")
            .Must((request, variables) => variables is null || request.Template is not null).WithMessage("Variables are for a template.");
        RuleFor(request => request.Title).NotEmpty().MaximumLength(Notification.MaxTitle).When(request => request.Template is null);
        RuleFor(request => request.Content).NotEmpty().MaximumLength(Notification.MaxContent).When(request => request.Template is null);
        RuleFor(request => request.Category).IsCategory()
            .Must((request, category) => category is null || request.Template is null).WithMessage("A template has a category of its own.");
        RuleFor(request => request.SendAt).Must(at => at is null || at <= time.GetUtcNow() + SendNotification.LongestWait).WithMessage("At most 366 days ahead.");
    }
}

internal sealed class SendNotificationHandler(IBatches batches, ITemplates templates, IUnitOfWork unitOfWork, ICurrentActor actor, TimeProvider time)
    : IUseCase<SendNotification, AcceptedBatch>
{
    public async Task<Result<AcceptedBatch>> HandleAsync(SendNotification request, CancellationToken ct)
    {
        var audience = new Audience(request.Role, request.UserIds is null ? [] : [.. request.UserIds.Distinct()]);
        if (request.UserIds is { } ids && await batches.FindMissingAsync(audience.UserIds, ct) is { Count: > 0 } missing)
            return Error.Invalid([.. ids.Index().Where(id => missing.Contains(id.Item)).Select(id => new FieldError($"user_ids[{id.Index}]", "There is no such active user."))]);

        var template = request.Template ?? NotificationBatch.Message;
        if (await templates.FindCategoryAsync(template, ct) is not { } category) return Error.Invalid("template", "There is no such template.");

        var variables = request.Template is null
            ? JsonSerializer.Serialize(new { title = request.Title, content = request.Content })
            : request.Variables is { ValueKind: JsonValueKind.Object } given ? given.GetRawText() : "{}";
        // Whoever writes it learns that it cannot be rendered, and not only the ledger.
        if ((await templates.RenderAsync(template, null, Addressee.Sample.AddTo(JsonSerializer.Deserialize<Dictionary<string, object?>>(variables)!), ct)).Failed(out var error)) return error;

        var now = time.GetUtcNow();
        var accepted = request.Role is null ? audience.UserIds.Count : await batches.CountAsync(audience, ct);
        var channels = request.Channels!.Select(channel => EnumText.Parse<Channel>(channel)!.Value).Distinct().Order().ToArray();
        var batch = NotificationBatch.Accept(actor.UserId, audience, channels, template, request.Category ?? category, variables, request.SendAt > now ? request.SendAt : null, accepted, now);
        batches.Add(batch);
        await unitOfWork.SaveAsync(ct);
        return new AcceptedBatch(batch.Id, accepted);
    }
}
