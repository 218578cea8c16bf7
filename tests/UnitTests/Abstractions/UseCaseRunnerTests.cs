using System.Diagnostics;
using FluentValidation;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Application.ApiClients;
using GoApi.Application.AuditLogs;
using GoApi.Application.Notifications;
using GoApi.Application.Reviews;
using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using NSubstitute;
using NSubstitute.ExceptionExtensions;

namespace GoApi.UnitTests.Abstractions;

public class UseCaseRunnerTests
{
    private readonly IUseCase<DeleteReview, Done> handler = Substitute.For<IUseCase<DeleteReview, Done>>();
    private readonly CurrentUseCase current = new();
    private readonly DeleteReview request = new(NewId());

    [Fact]
    public async Task Answer_of_the_handler_is_passed_on_and_the_use_case_is_named()
    {
        handler.HandleAsync(request, Ct).Returns(_ =>
        {
            Assert.Equal("reviews.delete", current.Action);
            return Done.Value;
        });

        Value(await Runner().HandleAsync(request, Ct));

        await handler.Received(1).HandleAsync(request, Ct);
    }

    [Fact]
    public async Task Error_of_the_handler_is_passed_on()
    {
        var error = Error.Conflict("No.");
        handler.HandleAsync(request, Ct).Returns(error);

        Assert.Same(error, Failure(await Runner().HandleAsync(request, Ct)));
    }

    [Fact]
    public async Task Invalid_request_never_reaches_the_handler_and_all_validators_are_asked()
    {
        var error = Failure(await Runner(new Refuses("first"), new Refuses("second")).HandleAsync(request, Ct));

        Assert.Equal((ErrorKind.Validation, "VALIDATION_FAILED"), (error.Kind, error.Code));
        Assert.Equal(["first", "second"], error.Fields.Select(fault => fault.Field));
        await handler.DidNotReceiveWithAnyArgs().HandleAsync(null!, Ct);
        Assert.Equal("reviews.delete", current.Action);
    }

    public static TheoryData<Exception, ErrorKind, string> Translations => new()
    {
        { new PreconditionFailedException(), ErrorKind.PreconditionFailed, "PRECONDITION_FAILED" },
        { new ConcurrencyConflictException(new InvalidOperationException()), ErrorKind.Conflict, "CONFLICT" },
        { new UniqueViolationException(new InvalidOperationException()), ErrorKind.Conflict, "CONFLICT" },
    };

    [Theory]
    [MemberData(nameof(Translations))]
    public async Task Lost_race_is_an_error(Exception thrown, ErrorKind kind, string code)
    {
        handler.HandleAsync(request, Ct).ThrowsAsync(thrown);

        var error = Failure(await Runner().HandleAsync(request, Ct));

        Assert.Equal((kind, code), (error.Kind, error.Code));
    }

    [Fact]
    public async Task Bug_is_not_swallowed()
    {
        handler.HandleAsync(request, Ct).ThrowsAsync(new InvalidOperationException("A bug."));

        await Assert.ThrowsAsync<InvalidOperationException>(() => Runner().HandleAsync(request, Ct));
    }

    [Fact]
    public async Task Span_has_the_name_and_the_code_of_the_error()
    {
        List<Activity> spans = [];
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Telemetry.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = span => { lock (spans) spans.Add(span); },
        };
        ActivitySource.AddActivityListener(listener);
        using var root = new Activity("test").Start();
        handler.HandleAsync(request, Ct).Returns(Error.Conflict("No."));

        await Runner().HandleAsync(request, Ct);

        lock (spans)
        {
            var span = Assert.Single(spans, span => span.TraceId == root.TraceId);
            Assert.Equal(("reviews.delete", "CONFLICT"), (span.OperationName, span.GetTagItem("error.type")));
        }
    }

    /// <summary>The audit trail and the traces are searched by these names: a new use case is added here knowingly.</summary>
    public static TheoryData<Type, string> Actions => new()
    {
        { typeof(ExportAuditLogs), "audit_logs.export" },
        { typeof(ExportAuditRecords), "audit_logs.export_records" },
        { typeof(ListAuditLogs), "audit_logs.list" },
        { typeof(ReadAuditLog), "audit_logs.read" },
        { typeof(DeleteClient), "clients.delete" },
        { typeof(RegenerateClientSecret), "clients.regenerate_secret" },
        { typeof(RegisterClient), "clients.register" },
        { typeof(SetClientStatus), "clients.set_status" },
        { typeof(UpdateClient), "clients.update" },
        { typeof(CancelBatch), "notifications.cancel_batch" },
        { typeof(DeleteNotification), "notifications.delete" },
        { typeof(DeleteTemplate), "notifications.delete_template" },
        { typeof(LiftSuppression), "notifications.lift_suppression" },
        { typeof(ListDeliveries), "notifications.list_deliveries" },
        { typeof(ListSuppressions), "notifications.list_suppressions" },
        { typeof(ReadAllNotifications), "notifications.read_all" },
        { typeof(ReadDelivery), "notifications.read_delivery" },
        { typeof(ReadNotification), "notifications.read" },
        { typeof(ResumeBatch), "notifications.resume_batch" },
        { typeof(RetryDeliveries), "notifications.retry_dead" },
        { typeof(RetryDelivery), "notifications.retry" },
        { typeof(SendNotification), "notifications.send" },
        { typeof(SendTestEmail), "notifications.test_email" },
        { typeof(SendTestSms), "notifications.test_sms" },
        { typeof(SetPreferences), "notifications.set_preferences" },
        { typeof(WriteTemplate), "notifications.write_template" },
        { typeof(DeleteReview), "reviews.delete" },
        { typeof(EditReview), "reviews.edit" },
        { typeof(ModerateReview), "reviews.moderate" },
        { typeof(ModerateReviews), "reviews.moderate_bulk" },
        { typeof(ReportReview), "reviews.report" },
        { typeof(SubmitReview), "reviews.submit" },
        { typeof(AnonymizeAccount), "users.anonymize_account" },
        { typeof(AnonymizeUser), "users.anonymize" },
        { typeof(AppointAdministrator), "users.appoint_administrator" },
        { typeof(ChangePassword), "users.password_change" },
        { typeof(ConfirmPhone), "users.phone_verify" },
        { typeof(ConfirmTotp), "users.mfa_enable" },
        { typeof(DisableTotp), "users.mfa_disable" },
        { typeof(EndOtherSessions), "users.sessions_end" },
        { typeof(EndSession), "users.session_end" },
        { typeof(EnrolTotp), "users.mfa_enrol" },
        { typeof(ExportUsers), "users.export" },
        { typeof(ForcePasswordReset), "users.force_password_reset" },
        { typeof(ListUsers), "users.list" },
        { typeof(ExportPersonalData), "users.export_own" },
        { typeof(LogIn), "users.login" },
        { typeof(LogInWithCode), "users.login_mfa" },
        { typeof(LogOut), "users.logout" },
        { typeof(ReadUser), "users.read" },
        { typeof(RecordDeliveryReports), "notifications.record_delivery_reports" },
        { typeof(RefreshSession), "users.refresh" },
        { typeof(RegisterUser), "users.register" },
        { typeof(RemoveAvatar), "users.avatar_remove" },
        { typeof(RenewRecoveryCodes), "users.mfa_recovery_codes" },
        { typeof(RequestEmailChange), "users.email_change_request" },
        { typeof(RequestPasswordReset), "users.password_forgot" },
        { typeof(RequestPhoneChange), "users.phone_change_request" },
        { typeof(ResendVerification), "users.resend_verification" },
        { typeof(RevokeAuthorization), "users.revoke_authorization" },
        { typeof(ResetPassword), "users.password_reset" },
        { typeof(SetAvatar), "users.avatar_set" },
        { typeof(SetUserRole), "users.set_role" },
        { typeof(SetUserStatus), "users.set_status" },
        // Two doors, one kind of entry: whoever searches for log-ins finds both.
        { typeof(SignIn), "users.login" },
        { typeof(SignInWithCode), "users.login_mfa" },
        { typeof(SignOutUser), "users.sign_out" },
        { typeof(UpdateProfile), "users.update_profile" },
        { typeof(UpdateUser), "users.update" },
        { typeof(VerifyEmail), "users.verify_email" },
    };

    [Theory]
    [MemberData(nameof(Actions))]
    public void Use_case_has_the_name_in_the_table(Type useCase, string action) => Assert.Equal(action, UseCaseName.Of(useCase));

    [Fact]
    public void Every_use_case_is_in_the_table()
    {
        var useCases = typeof(IUseCase<,>).Assembly.GetTypes().Where(type => !type.IsGenericType)
            .SelectMany(type => type.GetInterfaces()).Where(port => port.IsGenericType && port.GetGenericTypeDefinition() == typeof(IUseCase<,>))
            .Select(port => port.GetGenericArguments()[0]);

        Assert.Equal(useCases.Select(type => type.Name).Order(), Actions.Select(row => row.Data.Item1.Name).Order());
        Assert.Distinct(Actions.Where(row => row.Data.Item1 != typeof(SignIn) && row.Data.Item1 != typeof(SignInWithCode)).Select(row => row.Data.Item2));
    }

    [Theory]
    [InlineData("Email", "email")]
    [InlineData("FirstName", "first_name")]
    [InlineData("Buyer.TaxId", "buyer.tax_id")]
    [InlineData("Lines[0].UnitPrice", "lines[0].unit_price")]
    [InlineData("Ids[12]", "ids[12]")]
    public void Field_is_named_as_the_client_wrote_it(string property, string field) =>
        Assert.Equal([field], new[] { new FluentValidation.Results.ValidationFailure(property, "No.") }.ToError().Fields.Select(fault => fault.Field));

    [Fact]
    public void Field_with_two_faults_is_named_once()
    {
        var failures = new[] { ("Email", "First."), ("Phone", "Other."), ("Email", "Second.") };

        Assert.Equal(
            [new FieldError("email", "First."), new FieldError("phone", "Other.")],
            failures.Select(failure => new FluentValidation.Results.ValidationFailure(failure.Item1, failure.Item2)).ToError().Fields);
    }

    private UseCaseRunner<DeleteReview, Done, IUseCase<DeleteReview, Done>> Runner(params IValidator<DeleteReview>[] validators) => new(handler, validators, current);

    private sealed class Refuses : AbstractValidator<DeleteReview>
    {
        public Refuses(string field) => RuleFor(review => review.Id).Empty().OverridePropertyName(field);
    }
}
