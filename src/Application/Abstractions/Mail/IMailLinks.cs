namespace GoApi.Application.Abstractions.Mail;

/// <summary>What a mail says of where it comes from and where its links lead: below <c>APP_URL</c>.</summary>
public interface IMailLinks
{
    string AppName { get; }

    Uri VerifyEmail(string token);

    Uri ForgotPassword { get; }

    Uri ResetPassword(string token);
}
