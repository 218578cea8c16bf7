using GoApi.Application.Notifications;
using GoApi.Domain.Notifications;
using GoApi.Infrastructure.Caching;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.Infrastructure.Notifications.Templates;

internal static class TemplatesRegistration
{
    public static IServiceCollection AddTemplates(this IServiceCollection services)
    {
        services.AddSingleton<TemplateEngine>();
        services.AddSingleton<MailLayout>();
        services.AddScoped<ITemplates, Templates>();
        services.InvalidateCache<NotificationTemplate>((entry, _) => entry.Both(nameof(NotificationTemplate.Name), Templates.TagOf));
        services.AddScoped<ITemplateRepository, TemplateRepository>();
        services.AddScoped<ITemplateQueries, TemplateQueries>();
        return services;
    }
}
