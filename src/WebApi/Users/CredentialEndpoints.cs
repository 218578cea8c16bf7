using GoApi.Application.Abstractions.UseCases;
using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using GoApi.WebApi.Http;
using GoApi.WebApi.OpenApi;

namespace GoApi.WebApi.Users;

/// <summary>How a user's own account is logged in to and reached: password, e-mail address, phone number.</summary>
internal static class CredentialEndpoints
{
    public static void MapCredentials(this IEndpointRouteBuilder users)
    {
        var me = users.MapGroup("/me").RequireFirstParty();
        me.MapPut("/password", ChangePassword).LimitCredentials().WithSummary("Set a new password; ends all other sessions").WithExample(Examples.Password);
        me.MapPost("/email", RequestEmailChange).LimitCredentials().Answers(StatusCodes.Status202Accepted)
            .WithSummary("Ask for another e-mail address; it comes into use when the mail to it is answered").WithExample(Examples.Email);
        me.MapPost("/phone", RequestPhoneChange).LimitCredentials().Answers(StatusCodes.Status202Accepted)
            .WithSummary("Have a code sent to a phone number: one a minute, five an hour").WithExample(Examples.Phone);
        me.MapPost("/phone/verify", ConfirmPhone).LimitCredentials().WithSummary("Show that code; the number comes into use").WithExample(Examples.Code);
    }

    private static async Task<ApiResult<Done>> ChangePassword(ChangePassword request, IUseCase<ChangePassword, Done> change, CancellationToken ct) =>
        (await change.HandleAsync(request, ct)).ToHttp("Password changed, and all other sessions ended");

    private static async Task<ApiResult<Done>> RequestEmailChange(RequestEmailChange request, IUseCase<RequestEmailChange, Done> change, CancellationToken ct) =>
        (await change.HandleAsync(request, ct)).ToAccepted("If the address can be used, a mail is on its way to it");

    private static async Task<ApiResult<Done>> RequestPhoneChange(RequestPhoneChange request, IUseCase<RequestPhoneChange, Done> change, CancellationToken ct) =>
        (await change.HandleAsync(request, ct)).ToAccepted("A code is on its way to the number");

    private static async Task<ApiResult<Done>> ConfirmPhone(ConfirmPhone request, IUseCase<ConfirmPhone, Done> confirm, CancellationToken ct) =>
        (await confirm.HandleAsync(request, ct)).ToHttp("Phone number verified");

    private static class Examples
    {
        public static readonly object Password = new { old_password = "correct horse battery", new_password = "a different horse battery" };
        public static readonly object Email = new { email = "ada.lovelace@example.com", password = "correct horse battery" };
        public static readonly object Phone = new { phone = "+442079460000" };
        public static readonly object Code = new { code = "123456" };
    }
}
