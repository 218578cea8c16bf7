using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.PersonalData;
using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.Embedded;
using GoApi.Infrastructure.SendGrid;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.Infrastructure.Mail;

internal static class MailRegistration
{
    public static IServiceCollection AddMail(this IServiceCollection services, SendGridSettings settings)
    {
        services.AddSingleton<IMailLinks, MailLinks>();
        services.AddScoped<IMailbox, LocalMailbox>();
        services.AddScoped<IPersonalData, MailboxPersonalData>();
        if (settings.IsConfigured) services.AddSendGrid();
        else services.AddScoped<IEmailSender, LocalMailbox>();
        return services;
    }
}
