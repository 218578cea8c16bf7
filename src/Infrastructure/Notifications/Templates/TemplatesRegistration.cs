using GoApi.Application.Notifications;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.Infrastructure.Notifications.Templates;

internal static class TemplatesRegistration
{
    public static IServiceCollection AddTemplates(this IServiceCollection services)
    {
        services.AddSingleton<TemplateEngine>();
        services.AddSingleton<MailLayout>();
        services.AddScoped<ITemplates, Templates>();
        services.AddScoped<ITemplateRepository, TemplateRepository>();
        services.AddScoped<ITemplateQueries, TemplateQueries>();
        return services;
    }
}
