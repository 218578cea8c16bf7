using GoApi.Application;
using GoApi.Application.Abstractions.Encryption;
using GoApi.Infrastructure.ApiClients;
using GoApi.Infrastructure.AuditLogs;
using GoApi.Infrastructure.Caching;
using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.Csv;
using GoApi.Infrastructure.Embedded;
using GoApi.Infrastructure.Encryption;
using GoApi.Infrastructure.Identity;
using GoApi.Infrastructure.Mail;
using GoApi.Infrastructure.Notifications;
using GoApi.Infrastructure.Notifications.Templates;
using GoApi.Infrastructure.OpenIddict;
using GoApi.Infrastructure.Outbox;
using GoApi.Infrastructure.Persistence;
using GoApi.Infrastructure.Redis;
using GoApi.Infrastructure.Reviews;
using GoApi.Infrastructure.Skia;
using GoApi.Infrastructure.Sms;
using GoApi.Infrastructure.Startup;
using GoApi.Infrastructure.Status;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace GoApi.Infrastructure;

public static class DependencyInjection
{
    /// <summary>Everything below the hosts: one line a module and vendor.</summary>
    public static IServiceCollection AddInfrastructure(this IServiceCollection services, Settings settings, HostRole role)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSettings(settings);
        services.AddApplication();
        services.AddSingleton(_ => EncryptionKey.Load(settings.App));
        services.AddSingleton<StoredKeys>();
        services.AddSingleton<IEncryptionAdministration, Reencryption>();
        services.AddSharedDataProtection();
        services.AddPersistence(settings);
        services.AddRedis(settings.Redis);
        services.AddCaching();
        services.AddIdempotency();
        services.AddMapping(settings.App);
        services.AddCsv();
        services.AddMail(settings.SendGrid);
        services.AddSms(settings.Twilio);
        services.AddTemplates();
        services.AddWebhooks();
        services.AddFileStore();
        services.AddStatus(settings);
        // Without NATS nobody but this process hears of its messages.
        services.AddMessaging(settings.Nats, consume: role == HostRole.Worker || !settings.Nats.IsConfigured);

        services.AddScoped<IStartupTask, MigrateDatabase>();
        services.AddScoped<IStartupTask, PrepareEncryption>();
        services.AddAuditLogs(settings, role);
        services.AddNotifications();
        services.AddUsers(settings.Database);
        services.AddPictures();
        services.AddOAuthServer(settings, role);
        services.AddApiClients();
        services.AddReviews();
        services.AddScoped<IStartupTask, FirstAdministrator>();
        return services;
    }

    private static void AddSettings(this IServiceCollection services, Settings settings)
    {
        services.AddSingleton(settings);
        services.AddSingleton(settings.App);
        services.AddSingleton(settings.Http);
        services.AddSingleton(settings.Database);
        services.AddSingleton(settings.Redis);
        services.AddSingleton(settings.Nats);
        services.AddSingleton(settings.OAuth);
        services.AddSingleton(settings.SendGrid);
        services.AddSingleton(settings.Twilio);
        services.AddSingleton(settings.Storage);
        services.AddSingleton(settings.Delivery);
        services.AddSingleton(settings.Audit);
    }
}
