using GoApi.Application.Abstractions.UseCases;
using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using GoApi.WebApi.Http;
using GoApi.WebApi.OpenApi;
using Microsoft.AspNetCore.Mvc;

namespace GoApi.WebApi.Users;

/// <summary>A user's own second factor. Its answers hold what is shown once.</summary>
internal static class SecondFactorEndpoints
{
    public static void MapSecondFactor(this IEndpointRouteBuilder users)
    {
        var mfa = users.MapGroup("/me/mfa").RequireFirstParty();
        mfa.MapPost("/totp", EnrolTotp).CreatesResource(StatusCodes.Status200OK).WithSummary("A secret for an authenticator; nothing changes before it is confirmed");
        mfa.MapPost("/totp/confirm", ConfirmTotp).LimitCredentials().CreatesResource(StatusCodes.Status200OK).CountsFailures()
            .WithSummary("Turn multi-factor authentication on with a code; the recovery codes are shown here and never again").WithExample(Examples.Confirm);
        mfa.MapDelete("/totp", DisableTotp).LimitCredentials().WithSummary("Turn multi-factor authentication off").WithExample(Examples.Password);
        mfa.MapPost("/recovery-codes", RenewRecoveryCodes).LimitCredentials().CreatesResource(StatusCodes.Status200OK).CountsFailures()
            .WithSummary("New recovery codes in place of all earlier ones").WithExample(Examples.Password);
    }

    private static async Task<ApiResult<TotpEnrolment>> EnrolTotp(IUseCase<EnrolTotp, TotpEnrolment> enrol, CancellationToken ct) =>
        (await enrol.HandleAsync(new EnrolTotp(), ct)).ToHttp("Confirm it with a code of your authenticator").HoldingSecret();

    private static async Task<ApiResult<RecoveryCodes>> ConfirmTotp(ConfirmTotp request, IUseCase<ConfirmTotp, RecoveryCodes> confirm, CancellationToken ct) =>
        (await confirm.HandleAsync(request, ct)).ToHttp("Multi-factor authentication is on").HoldingSecret();

    private static async Task<ApiResult<Done>> DisableTotp([FromBody] DisableTotp request, IUseCase<DisableTotp, Done> disable, CancellationToken ct) =>
        (await disable.HandleAsync(request, ct)).ToHttp("Multi-factor authentication is off");

    private static async Task<ApiResult<RecoveryCodes>> RenewRecoveryCodes(RenewRecoveryCodes request, IUseCase<RenewRecoveryCodes, RecoveryCodes> renew, CancellationToken ct) =>
        (await renew.HandleAsync(request, ct)).ToHttp("New recovery codes; the earlier ones do not work any more").HoldingSecret();

    private static class Examples
    {
        public static readonly object Confirm = new { code = "123456" };
        public static readonly object Password = new { password = "correct horse battery" };
    }
}
