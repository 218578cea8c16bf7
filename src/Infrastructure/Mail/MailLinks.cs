using GoApi.Application.Abstractions.Mail;
using GoApi.Infrastructure.Configuration;

namespace GoApi.Infrastructure.Mail;

internal sealed class MailLinks(AppSettings settings) : IMailLinks
{
    public string AppName => settings.Name;

    public Uri VerifyEmail(string token) => Page("verify-email", token);

    public Uri ForgotPassword => Page("forgot-password");

    public Uri ResetPassword(string token) => Page("reset-password", token);

    private Uri Page(string name, string token) => Page($"{name}?token={Uri.EscapeDataString(token)}");

    // APP_URL may have a path, with or without a slash at its end.
    private Uri Page(string name) => new($"{settings.PublicUrl.AbsoluteUri.TrimEnd('/')}/{name}");
}
