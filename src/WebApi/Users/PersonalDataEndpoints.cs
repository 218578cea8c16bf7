using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;
using GoApi.WebApi.Http;
using GoApi.WebApi.OpenApi;
using Microsoft.AspNetCore.Mvc;

namespace GoApi.WebApi.Users;

/// <summary>What a person has a right to: to see what is kept of them, to take it with them, and to have it erased.</summary>
internal static class PersonalDataEndpoints
{
    public static void MapPersonalData(this IEndpointRouteBuilder users)
    {
        users.MapGet("/me/export", Export).RequireFirstParty().LimitExpensive().MayAnswer(StatusCodes.Status404NotFound)
            .WithSummary("All that is kept of oneself, by module; with format=zip as an archive with the files (application/zip, not in the envelope)");
        users.MapGet("/me/activity", ListActivity).RequireScope(Scope.ProfileRead).WithSummary("How one's own account was logged in to and changed, newest first");
        users.MapDelete("/me", AnonymizeMe).RequireFirstParty().LimitCredentials().OnOwnAccount().MayAnswer(StatusCodes.Status404NotFound)
            .WithSummary("Erase one's own account, for good").WithExample(Examples.Password);
        users.MapPost("/me/anonymize", AnonymizeMyself).RequireFirstParty().LimitCredentials().MayAnswer(StatusCodes.Status404NotFound)
            .WithSummary("The same, for clients that send no body with DELETE").WithExample(Examples.Password);
        users.MapDelete("/{id:guid}", AnonymizeUser).RequirePermission(Permission.UsersManage).WithSummary("Erase an account, for good");
        users.MapPost("/{id:guid}/anonymize", AnonymizeUserByPost).RequirePermission(Permission.UsersManage).WithSummary("The same by POST");
    }

    private static async Task<ExportAnswer> Export([AsParameters] ExportPersonalData request, IUseCase<ExportPersonalData, PersonalExport> export, CancellationToken ct) =>
        new(await export.HandleAsync(request, ct));

    private static async Task<ApiResult<Page<HistoryEntry>>> ListActivity([AsParameters] PageRequest page, IAuditHistory history, ICurrentActor actor, CancellationToken ct) =>
        actor.UserId is { } userId ? (await history.ListAsync(userId, page, ct)).ToPage("Activity") : UserErrors.NotFound.ToAnswer<Page<HistoryEntry>>();

    private static async Task<ApiResult<Done>> AnonymizeMe([FromBody] AnonymizeAccount request, IUseCase<AnonymizeAccount, Done> anonymize, CancellationToken ct) =>
        (await anonymize.HandleAsync(request, ct)).ToHttp("Account erased");

    private static Task<ApiResult<Done>> AnonymizeMyself(AnonymizeAccount request, IUseCase<AnonymizeAccount, Done> anonymize, CancellationToken ct) => AnonymizeMe(request, anonymize, ct);

    private static async Task<ApiResult<Done>> AnonymizeUser(Guid id, IUseCase<AnonymizeUser, Done> anonymize, CancellationToken ct) =>
        (await anonymize.HandleAsync(new AnonymizeUser(id), ct)).ToHttp("Account erased");

    private static Task<ApiResult<Done>> AnonymizeUserByPost(Guid id, IUseCase<AnonymizeUser, Done> anonymize, CancellationToken ct) => AnonymizeUser(id, anonymize, ct);

    private static class Examples
    {
        public static readonly object Password = new { password = "correct horse battery" };
    }
}
