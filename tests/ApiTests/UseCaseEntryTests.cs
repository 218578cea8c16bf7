using System.Buffers.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Application.ApiClients;
using GoApi.Application.AuditLogs;
using GoApi.Application.Notifications;
using GoApi.Application.Reviews;
using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using GoApi.Domain.Notifications;
using GoApi.Domain.Users;
using GoApi.Infrastructure.OpenIddict;
using GoApi.Infrastructure.Outbox;
using GoApi.Tests.Hosting;
using GoApi.Tests.Pictures;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using OpenIddict.Abstractions;
using Xunit;

namespace GoApi.ApiTests;

/// <summary>
/// Each use case once, on a real database: it leaves an entry that says what was done, by whom and in which request. A new use case needs a
/// line, whatever it does; none of them only reads what anybody may read.
/// </summary>
[Trait("Promise", "A1")]
public abstract partial class UseCaseEntryTests(GoApiHost host) : ApiTest(host)
{
    private static readonly Secret Password = new(GoApiHost.Password);
    private static readonly UserFilter Everybody = new(null, null, null, null, null, null);

    // What it does returns who the entry says has done it.
    private static readonly Dictionary<Type, (string Action, Func<Run, Task<Guid?>> DoAsync)> Table = new()
    {
        [typeof(ListAuditLogs)] = ("audit_logs.list", run => run.AsAsync<ListAuditLogs, Page<AuditLogDto>>(run.Admin, new(AuditLogFilter.None, new PageRequest(null, null, null)))),
        [typeof(ReadAuditLog)] = ("audit_logs.read", async run => await run.AsAsync<ReadAuditLog, AuditLogDto>(run.Admin, new(await run.AnyEntryAsync()))),
        [typeof(ExportAuditLogs)] = ("audit_logs.export", run => run.AsAsync<ExportAuditLogs, ExportedAuditLogs>(run.Admin, new(AuditLogFilter.None))),
        [typeof(ExportAuditRecords)] = ("audit_logs.export_records", run => run.AsAsync<ExportAuditRecords, ExportedAuditRecords>(run.Admin, new(0))),

        [typeof(RegisterClient)] = ("clients.register", run => run.AsAsync<RegisterClient, ApiClientDto>(run.Admin, NewClient)),
        [typeof(UpdateClient)] = ("clients.update", async run => await run.AsAsync<UpdateClient, ApiClientDto>(
            run.Admin, new("Renamed", null, null, null, ["audit:read"], ["client_credentials"], null) { Id = (await run.ClientAsync()).Id })),
        [typeof(SetClientStatus)] = ("clients.set_status", async run => await run.AsAsync<SetClientStatus, ApiClientDto>(run.Admin, new(false) { Id = (await run.ClientAsync()).Id })),
        [typeof(RegenerateClientSecret)] = ("clients.regenerate_secret", async run => await run.AsAsync<RegenerateClientSecret, ApiClientDto>(run.Admin, new(0) { Id = (await run.ClientAsync()).Id })),
        [typeof(DeleteClient)] = ("clients.delete", async run => await run.AsAsync<DeleteClient, Done>(run.Admin, new((await run.ClientAsync()).Id))),

        [typeof(WriteTemplate)] = ("notifications.write_template", run => run.AsAsync<WriteTemplate, TemplateDto>(run.Admin, new("Subject", "Text", null, null, null) { Name = NewResource() })),
        [typeof(DeleteTemplate)] = ("notifications.delete_template", async run =>
        {
            var name = NewResource();
            await run.AsAsync<WriteTemplate, TemplateDto>(run.Admin, new("Subject", "Text", null, null, null) { Name = name });
            return await run.AsAsync<DeleteTemplate, Done>(run.Admin, new(name));
        }
        ),
        [typeof(SendNotification)] = ("notifications.send", run => run.AsAsync<SendNotification, AcceptedBatch>(run.Admin, Message(run.User))),
        [typeof(ResumeBatch)] = ("notifications.resume_batch", async run => await run.AsAsync<ResumeBatch, BatchDto>(run.Admin, new(await run.StalledBatchAsync()))),
        [typeof(CancelBatch)] = ("notifications.cancel_batch", async run => await run.AsAsync<CancelBatch, BatchDto>(run.Admin, new(await run.BatchAsync()))),
        [typeof(SendTestEmail)] = ("notifications.test_email", run => run.AsAsync<SendTestEmail, DeliveryDto>(run.Admin, new(NewEmail(), "Subject", "Text"))),
        [typeof(SendTestSms)] = ("notifications.test_sms", run => run.AsAsync<SendTestSms, DeliveryDto>(run.Admin, new(NewPhone(), "Text"))),
        [typeof(ListDeliveries)] = ("notifications.list_deliveries", run => run.AsAsync<ListDeliveries, Page<DeliveryDto>>(
            run.Admin, new(new DeliveryFilter(null, null, null, null, null), new PageRequest(null, null, null)))),
        [typeof(ReadDelivery)] = ("notifications.read_delivery", async run => await run.AsAsync<ReadDelivery, DeliveryDto>(run.Admin, new(await run.DeliveryAsync(NewEmail())))),
        [typeof(RetryDelivery)] = ("notifications.retry", async run => await run.AsAsync<RetryDelivery, DeliveryDto>(run.Admin, new(await run.FailedAsync()))),
        [typeof(RetryDeliveries)] = ("notifications.retry_dead", run => run.AsAsync<RetryDeliveries, RetriedDeliveries>(run.Admin, new(null, Guid.CreateVersion7()))),
        [typeof(ListSuppressions)] = ("notifications.list_suppressions", run => run.AsAsync<ListSuppressions, Page<SuppressionDto>>(
            run.Admin, new(new SuppressionFilter(null, null), new PageRequest(null, null, null)))),
        [typeof(LiftSuppression)] = ("notifications.lift_suppression", async run => await run.AsAsync<LiftSuppression, Done>(run.Admin, new(await run.SuppressAsync(NewEmail())))),
        [typeof(ReadNotification)] = ("notifications.read", async run => await run.AsAsync<ReadNotification, NotificationDto>(run.User, new(await run.NotifiedAsync()))),
        [typeof(ReadAllNotifications)] = ("notifications.read_all", async run =>
        {
            await run.NotifiedAsync();
            return await run.AsAsync<ReadAllNotifications, ReadNotifications>(run.User, new());
        }
        ),
        [typeof(DeleteNotification)] = ("notifications.delete", async run => await run.AsAsync<DeleteNotification, Done>(run.User, new(await run.NotifiedAsync()))),
        [typeof(SetPreferences)] = ("notifications.set_preferences", run => run.AsAsync<SetPreferences, PreferencesDto>(run.User, new([new PreferenceChange(Category.General, "email", false)]))),
        [typeof(RecordDeliveryReports)] = ("notifications.record_delivery_reports", run => run.AsAsync<RecordDeliveryReports, Done>(
            null, Bounced(NewEmail()))),

        [typeof(SubmitReview)] = ("reviews.submit", run => run.AsAsync<SubmitReview, ReviewDto>(run.User, new("product", NewResource(), 4, null, "Good."))),
        [typeof(EditReview)] = ("reviews.edit", async run => await run.AsAsync<EditReview, ReviewDto>(run.User, new(5, null, "Better.") { Id = (await SubmitAsync(run.User)).Id })),
        [typeof(DeleteReview)] = ("reviews.delete", async run => await run.AsAsync<DeleteReview, Done>(run.User, new((await SubmitAsync(run.User)).Id))),
        [typeof(ModerateReview)] = ("reviews.moderate", async run => await run.AsAsync<ModerateReview, ReviewDto>(run.Admin, new("approved", null) { Id = (await SubmitAsync(run.User)).Id })),
        [typeof(ModerateReviews)] = ("reviews.moderate_bulk", async run => await run.AsAsync<ModerateReviews, IReadOnlyList<ModerationResult>>(run.Admin, new([(await SubmitAsync(run.User)).Id], "approved", null))),
        [typeof(ReportReview)] = ("reviews.report", async run => await run.AsAsync<ReportReview, Done>(run.User, new("spam") { Id = (await PublishAsync(await run.NewUserAsync(), run.Admin)).Id })),

        [typeof(RegisterUser)] = ("users.register", run => run.AsAsync<RegisterUser, Registration>(null, new(NewEmail(), Password, "Ada", "Lovelace", null))),
        [typeof(AppointAdministrator)] = ("users.appoint_administrator", run => run.AsAsync<AppointAdministrator, Guid>(null, new(NewEmail(), Password))),
        [typeof(ResendVerification)] = ("users.resend_verification", run => run.AsAsync<ResendVerification, Done>(null, new(run.User.Email))),
        [typeof(VerifyEmail)] = ("users.verify_email", async run => await run.AsAsync<VerifyEmail, UserDto>(null, new(await run.MailedTokenAsync("Verify")))),
        [typeof(RequestPasswordReset)] = ("users.password_forgot", async run => await run.AsAsync<RequestPasswordReset, Done>(null, new(run.User.Email)) ?? run.User.Id),
        [typeof(ResetPassword)] = ("users.password_reset", async run =>
        {
            (await run.Anonymous.PostAsync("/api/v1/users/password/forgot", new { email = run.User.Email })).Is(202);
            return await run.AsAsync<ResetPassword, Done>(null, new(await run.MailedTokenAsync("Set a new password"), new Secret("another-Horse-8-staple")));
        }
        ),
        [typeof(LogIn)] = ("users.login", async run => await run.AsAsync<LogIn, LogInStep>(null, new(run.User.Email, Password)) ?? run.User.Id),
        [typeof(SignIn)] = ("users.login", async run => await run.AsAsync<SignIn, SignedIn>(null, new(run.User.Email, Password)) ?? run.User.Id),
        [typeof(LogInWithCode)] = ("users.login", async run =>
        {
            var (token, authenticator) = await run.ChallengedAsync();
            return await run.AsAsync<LogInWithCode, LoggedIn>(null, new(token, new Secret(authenticator.Code(1)))) ?? run.User.Id;
        }
        ),
        [typeof(SignInWithCode)] = ("users.login", async run =>
        {
            var (token, authenticator) = await run.ChallengedAsync();
            return await run.AsAsync<SignInWithCode, SignedIn>(null, new(token, new Secret(authenticator.Code(1)))) ?? run.User.Id;
        }
        ),
        [typeof(RefreshSession)] = ("oauth.token_refreshed", async run => await run.AsAsync<RefreshSession, IssuedTokens>(null, new(run.User.RefreshToken)) ?? run.User.Id),
        [typeof(LogOut)] = ("oauth.session_ended", run => run.AsAsync<LogOut, Done>(run.User, new())),
        [typeof(EndSession)] = ("oauth.session_ended", run => run.AsAsync<EndSession, Done>(run.User, new(SessionOf(run.User)))),
        [typeof(EndOtherSessions)] = ("oauth.session_ended", async run =>
        {
            await run.LogInAgainAsync();
            return await run.AsAsync<EndOtherSessions, Done>(run.User, new());
        }
        ),
        [typeof(RevokeAuthorization)] = ("oauth.consent_revoked", async run => await run.AsAsync<RevokeAuthorization, Done>(run.User, new(await run.LetInAsync()))),

        [typeof(ChangePassword)] = ("users.password_change", run => run.AsAsync<ChangePassword, Done>(run.User, new(Password, new Secret("another-Horse-8-staple")))),
        [typeof(RequestEmailChange)] = ("users.email_change_request", run => run.AsAsync<RequestEmailChange, Done>(run.User, new(NewEmail(), Password))),
        [typeof(RequestPhoneChange)] = ("users.phone_change_request", run => run.AsAsync<RequestPhoneChange, Done>(run.User, new(NewPhone()))),
        [typeof(ConfirmPhone)] = ("users.phone_verify", async run => await run.AsAsync<ConfirmPhone, Done>(run.User, new(new Secret(await run.TextedCodeAsync())))),
        [typeof(EnrolTotp)] = ("users.mfa_enrol", run => run.AsAsync<EnrolTotp, TotpEnrolment>(run.User, new())),
        [typeof(ConfirmTotp)] = ("users.mfa_enable", async run => await run.AsAsync<ConfirmTotp, RecoveryCodes>(run.User, new(new Secret((await run.EnrolledAsync()).Code())))),
        [typeof(RenewRecoveryCodes)] = ("users.mfa_recovery_codes", async run =>
        {
            await run.ConfirmedAsync();
            return await run.AsAsync<RenewRecoveryCodes, RecoveryCodes>(run.User, new(Password));
        }
        ),
        [typeof(DisableTotp)] = ("users.mfa_disable", async run =>
        {
            await run.ConfirmedAsync();
            return await run.AsAsync<DisableTotp, Done>(run.User, new(Password));
        }
        ),
        [typeof(UpdateProfile)] = ("users.update_profile", run => run.AsAsync<UpdateProfile, ProfileDto>(run.User, new("Augusta", "King", null, null, null, null, null, null, null, null, null, null, null))),
        [typeof(SetAvatar)] = ("users.avatar_set", run => run.AsAsync<SetAvatar, Done>(run.User, new(SamplePictures.Photo()))),
        [typeof(RemoveAvatar)] = ("users.avatar_remove", async run =>
        {
            await run.AsAsync<SetAvatar, Done>(run.User, new(SamplePictures.Photo()));
            return await run.AsAsync<RemoveAvatar, Done>(run.User, new());
        }
        ),
        [typeof(ExportPersonalData)] = ("users.export_own", run => run.AsAsync<ExportPersonalData, PersonalExport>(run.User, new((string?)null))),
        [typeof(AnonymizeAccount)] = ("users.anonymize_account", run => run.AsAsync<AnonymizeAccount, Done>(run.User, new(Password))),

        [typeof(ListUsers)] = ("users.list", run => run.AsAsync<ListUsers, Page<UserDto>>(run.Admin, new(Everybody, new PageRequest(null, null, null)))),
        [typeof(ExportUsers)] = ("users.export", run => run.AsAsync<ExportUsers, ExportedUsers>(run.Admin, new(Everybody))),
        [typeof(ReadUser)] = ("users.read", run => run.AsAsync<ReadUser, UserDto>(run.Admin, new(run.User.Id))),
        [typeof(UpdateUser)] = ("users.update", run => run.AsAsync<UpdateUser, UserDto>(run.Admin, new("Augusta", "King", null) { Id = run.User.Id })),
        [typeof(SetUserRole)] = ("users.set_role", run => run.AsAsync<SetUserRole, UserDto>(run.Admin, new("moderator") { Id = run.User.Id })),
        [typeof(SetUserStatus)] = ("users.set_status", run => run.AsAsync<SetUserStatus, UserDto>(run.Admin, new("suspended") { Id = run.User.Id })),
        [typeof(SignOutUser)] = ("users.sign_out", run => run.AsAsync<SignOutUser, Done>(run.Admin, new(run.User.Id))),
        [typeof(ForcePasswordReset)] = ("users.force_password_reset", run => run.AsAsync<ForcePasswordReset, Done>(run.Admin, new(run.User.Id))),
        [typeof(AnonymizeUser)] = ("users.anonymize", run => run.AsAsync<AnonymizeUser, Done>(run.Admin, new(run.User.Id))),
    };

    public static TheoryData<string> UseCases => [.. Table.Keys.Select(useCase => useCase.Name)];

    [Theory]
    [MemberData(nameof(UseCases))]
    public async Task Use_case_leaves_its_entry(string useCase)
    {
        var (action, doAsync) = Table.Single(row => row.Key.Name == useCase).Value;
        var run = new Run(this, await Host.UserAsync(), await Host.UserAsync(Role.Admin));

        var actor = await doAsync(run);

        var entry = (await AuditAsync(run.RequestId)).First(one => one.Action == action);
        Assert.Equal((AuditStatus.Success, actor, null), (entry.Status, entry.ActorUserId, entry.Error));
        Assert.NotNull(entry.IpAddress);
        Assert.NotNull(entry.UserAgent);
    }

    [Fact]
    public void Every_use_case_has_a_line()
    {
        Assert.Empty(WithoutLine(typeof(IUseCase<,>).Assembly.GetTypes()));
        // It can fail.
        Assert.Equal([nameof(Forgotten)], WithoutLine([typeof(ForgottenHandler)]));
    }

    private static IEnumerable<string> WithoutLine(IEnumerable<Type> types) => types.Where(type => type is { IsGenericTypeDefinition: false, IsInterface: false })
        .SelectMany(type => type.GetInterfaces()).Where(port => port.IsGenericType && port.GetGenericTypeDefinition() == typeof(IUseCase<,>))
        .Select(port => port.GetGenericArguments()[0]).Where(request => !Table.ContainsKey(request)).Select(request => request.Name);

    private static RegisterClient NewClient => new("Machine", null, null, null, ["audit:read"], ["client_credentials"], false, null);

    private static SendNotification Message(TestUser to) => new([to.Id], null, ["in_app"], null, null, "Title", "Content", null, null);

    private static RecordDeliveryReports Bounced(string email) =>
        new([new DeliveryReport(Channel.Email, null, null, email, ReportKind.HardBounce, "550 no such user", TimeProvider.System.GetUtcNow())]);

    private static string NewEmail() => $"new-{Guid.CreateVersion7():N}@example.test";

    private static string NewPhone() => $"+4915{Random.Shared.NextInt64(100_000_000, 999_999_999)}";

    private static Guid SessionOf(TestUser user) => JsonDocument.Parse(Base64Url.DecodeFromChars(user.AccessToken.Split('.')[1])).RootElement.GetProperty("sid").GetGuid();

    [GeneratedRegex("[0-9]{6}")]
    private static partial Regex Code();

    private sealed record Forgotten;

    private sealed class ForgottenHandler : IUseCase<Forgotten, Done>
    {
        public Task<Result<Done>> HandleAsync(Forgotten request, CancellationToken ct) => Task.FromResult<Result<Done>>(Done.Value);
    }

    private sealed class Run(UseCaseEntryTests test, TestUser user, TestUser admin)
    {
        public string RequestId { get; } = $"use-case-{Guid.CreateVersion7():N}";

        public TestUser User => user;

        public TestUser Admin => admin;

        public Caller Anonymous => test.Anonymous;

        /// <summary>Runs it as a host does: in a scope that knows who is calling.</summary>
        /// <param name="caller">Null for somebody who is not logged in.</param>
        public async Task<Guid?> AsAsync<TRequest, TResponse>(TestUser? caller, TRequest request) where TRequest : class
        {
            var role = caller is null ? (Role?)null : caller == admin ? Role.Admin : Role.User;
            await using var scope = test.Host.Main.Services.CreateAsyncScope();
            scope.ServiceProvider.GetRequiredService<CurrentActor>().Become(new Actor(
                caller?.Id, caller is null ? null : FirstPartyClient.Id, role, role is { } known ? Scope.OfFirstPartyLogin(known).ToHashSet() : [],
                caller is null ? null : SessionOf(caller), "203.0.113.9", "use-case-test", RequestId));
            var result = await scope.ServiceProvider.GetRequiredService<IUseCase<TRequest, TResponse>>().HandleAsync(request, TestContext.Current.CancellationToken);
            Assert.False(result.Failed(out var error), error?.Message);
            return caller?.Id;
        }

        public Task<TestUser> NewUserAsync() => test.Host.UserAsync();

        public Task<TestUser> LogInAgainAsync() => test.Host.LogInAsync(user);

        public async Task<Guid> AnyEntryAsync() => (await Admin.Api.GetAsync("/api/v1/audit-logs?limit=1")).Is(200).Ids[0];

        public async Task<Answer> ClientAsync() =>
            (await admin.Api.PostAsync("/api/v1/clients", new { name = "Machine", scopes = new[] { "audit:read" }, grant_types = new[] { "client_credentials" } })).Is(201);

        public async Task<string> MailedTokenAsync(string subject) => TokenIn((await test.MailAsync(user.Email, subject)).Text);

        public async Task<string> TextedCodeAsync()
        {
            var phone = NewPhone();
            (await user.Api.PostAsync("/api/v1/users/me/phone", new { phone })).Is(202);
            return Code().Match((await test.MailAsync(phone, "")).Text).Value;
        }

        public async Task<Authenticator> EnrolledAsync() => new((await user.Api.PostAsync("/api/v1/users/me/mfa/totp")).Is(200).Field("secret")!);

        public async Task<Authenticator> ConfirmedAsync()
        {
            var authenticator = await EnrolledAsync();
            (await user.Api.PostAsync("/api/v1/users/me/mfa/totp/confirm", new { code = authenticator.Code() })).Is(200);
            return authenticator;
        }

        public async Task<(string MfaToken, Authenticator Authenticator)> ChallengedAsync()
        {
            var authenticator = await ConfirmedAsync();
            return ((await Anonymous.PostAsync("/api/v1/users/login", new { email = user.Email, password = GoApiHost.Password })).Is(200).Field("mfa_token")!, authenticator);
        }

        public Task<Guid> NotifiedAsync() => test.NotifyAsync(user);

        public async Task<Guid> BatchAsync()
        {
            var send = new { user_ids = new[] { user.Id }, channels = new[] { "in_app" }, title = "Later", content = "Or never.", send_at = TimeProvider.System.GetUtcNow().AddDays(1) };
            return (await admin.Api.PostAsync("/api/v1/notifications", send)).Is(202).Data.GetProperty("batch_id").GetGuid();
        }

        public async Task<Guid> StalledBatchAsync()
        {
            var id = await BatchAsync();
            await test.Host.WithDatabaseAsync(db => db.Set<OutboxMessage>().Where(row => row.Id == id).ExecuteUpdateAsync(set => set.SetProperty(row => row.State, OutboxState.Dead)));
            return id;
        }

        public async Task<Guid> DeliveryAsync(string email) =>
            (await admin.Api.PostAsync("/api/v1/notifications/test-email", new { to = email, subject = "A test", body = "Of mail." })).Is(202).Id;

        public async Task<Guid> SuppressAsync(string email)
        {
            await AsAsync<RecordDeliveryReports, Done>(null, Bounced(email));
            return Assert.Single((await admin.Api.GetAsync($"/api/v1/notifications/suppressions?address={email}")).Is(200).Ids);
        }

        public async Task<Guid> FailedAsync()
        {
            var email = NewEmail();
            await SuppressAsync(email);
            var delivery = await DeliveryAsync(email);
            await EventuallyAsync(async () => (await admin.Api.GetAsync($"/api/v1/notifications/deliveries/{delivery}")).Is(200).Field("status") == "failed", "the delivery failed");
            return delivery;
        }

        /// <summary>A program that the user has consented to.</summary>
        public async Task<Guid> LetInAsync()
        {
            var client = (await ClientAsync()).Id;
            return await test.Host.WithDatabaseAsync(async db =>
            {
                var program = await db.Set<OAuthApplication>().SingleAsync(row => row.Id == client);
                db.Add(new OAuthAuthorization { Application = program, Subject = user.Id.ToString(), Status = OpenIddictConstants.Statuses.Valid, Type = OpenIddictConstants.AuthorizationTypes.Permanent });
                await db.SaveChangesAsync();
                return client;
            });
        }
    }
}

public sealed class UseCaseEntryTestsEmbedded(EmbeddedHost host) : UseCaseEntryTests(host);

public sealed class UseCaseEntryTestsServices(ServicesHost host) : UseCaseEntryTests(host);
