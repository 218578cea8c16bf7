using System.Text.Json;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Application.Notifications;
using GoApi.Domain.Kernel;
using GoApi.Domain.Notifications;
using GoApi.Domain.Users;
using GoApi.WebApi.Http;
using GoApi.WebApi.OpenApi;

namespace GoApi.WebApi.Notifications;

internal static class TemplateEndpoints
{
    public static void MapTemplates(this IEndpointRouteBuilder app)
    {
        var templates = app.MapGroup("/api/v1/notifications/templates").RequirePermission(Permission.NotificationsManage).WithTags("Notification templates");
        templates.MapGet("/", List).WithSummary("All templates by name, those of the system and others, with what is in use in each language");
        templates.MapGet("/{name}", Get).WithSummary("The text of one template: the newest version, or another one; version 0 is the system's own");
        templates.MapGet("/{name}/versions", ListVersions).WithSummary("What was written for one template, newest first");
        templates.MapPut("/{name}", Write).WithSummary("Write the next version of a template; one of the system is used in place of its own").WithExample(Examples.Write);
        templates.MapPost("/{name}/preview", Preview).WithSummary("What a template, or a draft of it, makes of variables").WithExample(Examples.Preview);
        templates.MapDelete("/{name}", Delete).WithSummary("Delete every version; a template of the system has its own text again");
    }

    private static async Task<ApiResult<Page<TemplateSummary>>> List([AsParameters] PageRequest page, ITemplateQueries templates, CancellationToken ct) =>
        (await templates.ListAsync(page, ct)).ToPage("Templates");

    private static async Task<ApiResult<TemplateDto>> Get(string name, [AsParameters] TemplateVersionFilter filter, ITemplateQueries templates, CancellationToken ct) =>
        (await templates.FindAsync(name, filter, ct)).OrElse(TemplateErrors.NotFound).ToHttp("Template");

    private static async Task<ApiResult<Page<TemplateVersion>>> ListVersions(string name, [AsParameters] PageRequest page, ITemplateQueries templates, CancellationToken ct) =>
        (await templates.ListVersionsAsync(name, page, ct))?.ToPage("Versions of the template") ?? TemplateErrors.NotFound.ToAnswer<Page<TemplateVersion>>();

    private static async Task<ApiResult<TemplateDto>> Write(string name, WriteTemplate request, IUseCase<WriteTemplate, TemplateDto> write, CancellationToken ct) =>
        (await write.HandleAsync(request with { Name = name }, ct)).ToHttp("Template written");

    private static async Task<ApiResult<TemplatePreview>> Preview(string name, PreviewTemplate request, ITemplates templates, CancellationToken ct) =>
        (await templates.PreviewAsync(name, request.Draft, request.Given, ct)).Map(message => new TemplatePreview(message.Subject, message.Text, message.Html)).ToHttp("Preview");

    private static async Task<ApiResult<Done>> Delete(string name, IUseCase<DeleteTemplate, Done> delete, CancellationToken ct) =>
        (await delete.HandleAsync(new DeleteTemplate(name), ct)).ToHttp("Template deleted");

    private static class Examples
    {
        public static readonly object Write = new
        {
            subject = "Your order {{number}} is on its way",
            text = "Hello {{first_name}},\n\nyour order left our house today.\n\n{{button \"Follow it\" link}}",
            locale = "en",
            category = "orders",
        };

        public static readonly object Preview = new
        {
            variables = new { first_name = "Ada", number = "42", link = "https://shop.example.com/orders/42" },
            subject = "Your order {{number}} is on its way",
            text = "Hello {{first_name}},\n\nyour order left our house today.\n\n{{button \"Follow it\" link}}",
        };
    }
}

/// <summary>Which variables, and what in place of the newest version.</summary>
/// <param name="Locale">As of somebody who gets it; English where it is not given.</param>
internal sealed record PreviewTemplate(Dictionary<string, JsonElement>? Variables, string? Locale, string? Subject, string? Text, string? Html)
{
    internal TemplateDraft Draft => new(Locale, Subject, Text, Html);

    /// <summary>With the recipient that every notification has beside them.</summary>
    internal IReadOnlyDictionary<string, object?> Given
    {
        get
        {
            var given = new Dictionary<string, object?>(Addressee.Sample.AddTo(new Dictionary<string, object?>()));
            foreach (var (name, value) in Variables ?? []) given[name] = value;
            return given;
        }
    }
}

internal sealed record TemplatePreview(string Subject, string Text, string Html);
