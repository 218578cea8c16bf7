using GoApi.Application.Abstractions.Sms;
using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.Embedded;
using GoApi.Infrastructure.Twilio;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.Infrastructure.Sms;

internal static class SmsRegistration
{
    public static IServiceCollection AddSms(this IServiceCollection services, TwilioSettings settings) =>
        settings.IsConfigured ? services.AddTwilio() : services.AddScoped<ISmsSender, LocalMailbox>();
}
