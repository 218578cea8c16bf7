using GoApi.Application.Abstractions.Queueing;
using GoApi.Infrastructure.BackgroundWork;
using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.Embedded;
using GoApi.Infrastructure.Nats;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace GoApi.Infrastructure.Outbox;

internal static class MessagingRegistration
{
    /// <param name="consume">Whether this process also works on what it relays.</param>
    public static IServiceCollection AddMessaging(this IServiceCollection services, NatsSettings settings, bool consume)
    {
        if (settings.IsConfigured) services.AddSingleton<IQueue, NatsQueue>();
        else services.AddSingleton<IQueue, InProcessQueue>();

        services.AddSingleton<OutboxRelay>();
        services.AddSingleton<MessageProcessor>();
        services.AddScoped<IOutboxStatus, OutboxStatus>();
        services.AddScoped<MessageRetries>();
        services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(30));

        services.AddHostedService<RelayService>();
        if (consume) services.AddHostedService<ConsumerService>();
        services.AddHostedService<Housekeeping>();
        return services;
    }
}
