using System.Reflection;
using FluentValidation;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Mail;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Application.Notifications;
using GoApi.Application.Users;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.Application;

public static class DependencyInjection
{
    /// <summary>Finds every use case, validator and consumer of this assembly: there is nothing to register.</summary>
    public static IServiceCollection AddApplication(this IServiceCollection services)
    {
        var assembly = typeof(DependencyInjection).Assembly;
        foreach (var handler in assembly.GetTypes().Where(type => type is { IsAbstract: false, IsGenericType: false }))
        {
            foreach (var port in handler.GetInterfaces().Where(port => port.IsGenericType))
            {
                if (port.GetGenericTypeDefinition() == typeof(IUseCase<,>))
                {
                    services.AddScoped(handler);
                    services.AddScoped(port, typeof(UseCaseRunner<,,>).MakeGenericType([.. port.GetGenericArguments(), handler]));
                }
                else if (port.GetGenericTypeDefinition() == typeof(IConsumer<>))
                {
                    services.AddScoped(handler);
                    services.AddSingleton(new ConsumerRegistration(handler, port.GetGenericArguments()[0], handler.GetCustomAttribute<ConsumerAttribute>()
                        ?? throw new InvalidOperationException($"{handler} has no [Consumer].")));
                }
            }
        }

        services.AddValidatorsFromAssembly(assembly, ServiceLifetime.Singleton, includeInternalTypes: true);
        services.AddScoped<CurrentActor>();
        services.AddScoped<ICurrentActor>(provider => provider.GetRequiredService<CurrentActor>());
        services.AddScoped<CurrentUseCase>();
        services.AddScoped<ExpectedVersion>();
        services.AddScoped<AccountErasure>();
        services.AddScoped<Courier>();
        services.AddScoped<IAbandonedMessages>(provider => provider.GetRequiredService<Courier>());
        services.AddScoped<IMessenger, Messenger>();
        return services;
    }
}

/// <summary>That a consumer takes an event; the outbox makes a row for each.</summary>
public sealed record ConsumerRegistration(Type Consumer, Type Event, ConsumerAttribute Attribute);
