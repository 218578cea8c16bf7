using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.PersonalData;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;
using NSubstitute;

namespace GoApi.UnitTests.Users;

/// <summary>The ports of an erasure; nothing stands in its way.</summary>
public abstract class ErasureWorld : UsersWorld
{
    protected ErasureWorld()
    {
        UnitOfWork.BeginAsync(Arg.Any<CancellationToken>()).Returns(Transaction);
        Administrators.MayLeaveAsync(Arg.Any<Guid>(), Arg.Any<CancellationToken>()).Returns(Done.Value);
        Anonymization.BeginAsync(Arg.Any<Guid>(), Arg.Any<CancellationToken>()).Returns(Done.Value);
        Accounts.ConfirmPasswordAsync(Arg.Any<Guid>(), Password, Arg.Any<CancellationToken>()).Returns(Done.Value);
    }

    private protected ITransaction Transaction { get; } = Substitute.For<ITransaction>();

    private protected IAnonymization Anonymization { get; } = Substitute.For<IAnonymization>();

    private protected IPersonalData Module { get; } = Substitute.For<IPersonalData>();

    private protected IPersonalData OtherModule { get; } = Substitute.For<IPersonalData>();

    private protected AccountErasure Erasure => new(Anonymization, Administrators, Sessions, UnitOfWork, [Module, OtherModule]);

    private protected void ErasedInOneTransaction(Guid userId) => Received.InOrder(() =>
    {
        UnitOfWork.BeginAsync(Ct);
        Administrators.MayLeaveAsync(userId, Ct);
        Anonymization.BeginAsync(userId, Ct);
        Module.EraseAsync(userId, Ct);
        OtherModule.EraseAsync(userId, Ct);
        Anonymization.OverwriteAsync(userId, Ct);
        Sessions.EndAllAsync(userId, null, Ct);
        Transaction.CommitAsync(Ct);
    });

    private protected async Task NothingErased()
    {
        await Module.DidNotReceiveWithAnyArgs().EraseAsync(default, default);
        await Anonymization.DidNotReceiveWithAnyArgs().OverwriteAsync(default, default);
        await Sessions.DidNotReceiveWithAnyArgs().EndAllAsync(default, null, default);
        await Transaction.DidNotReceiveWithAnyArgs().CommitAsync(default);
    }
}

public class AnonymizeAccountTests : ErasureWorld
{
    private static readonly AnonymizeAccount Request = new(Password);

    [Fact]
    public async Task Right_password_erases_all_modules_the_account_and_the_sessions_in_one_transaction()
    {
        Value(await Hosted(SignedIn(Me)).HandleAsync(Request, Ct));

        ErasedInOneTransaction(Me);
    }

    [Fact]
    public async Task Wrong_password_is_named_as_the_field_at_fault_audited_and_erases_nothing()
    {
        Accounts.ConfirmPasswordAsync(Me, Password, Ct).Returns(UserErrors.WrongPassword);

        var error = Failure(await Hosted(SignedIn(Me)).HandleAsync(Request, Ct));

        Assert.Equal(("VALIDATION_FAILED", "password"), (error.Code, error.Fields.Single().Field));
        Audit.Received(1).Record("users.anonymize_account", AuditStatus.Failure, "user", Me.ToString(), "VALIDATION_FAILED");
        await SavedOnce();
        await NothingErased();
    }

    [Fact]
    public async Task Last_administrator_is_a_conflict_and_nothing_is_erased()
    {
        Administrators.MayLeaveAsync(Me, Ct).Returns(UserErrors.LastAdministrator);

        Assert.Equal(UserErrors.LastAdministrator, Failure(await Hosted(SignedIn(Me, Role.Admin)).HandleAsync(Request, Ct)));
        await NothingErased();
    }

    [Fact]
    public async Task Machine_has_no_account()
    {
        Assert.Equal(UserErrors.NotFound, Failure(await Hosted(Client()).HandleAsync(Request, Ct)));
        await NothingErased();
    }

    [Fact]
    public async Task Missing_password_is_invalid_and_nothing_is_looked_at()
    {
        Assert.Equal("VALIDATION_FAILED", Failure(await Hosted(SignedIn(Me)).HandleAsync(new AnonymizeAccount(default), Ct)).Code);
        await Accounts.DidNotReceiveWithAnyArgs().ConfirmPasswordAsync(default, default, default);
    }

    private IUseCase<AnonymizeAccount, Done> Hosted(ICurrentActor actor) =>
        Given.Hosted(new AnonymizeAccountHandler(Accounts, Erasure, Audit, UnitOfWork, actor), new AnonymizeAccountValidator());
}

public class AnonymizeUserTests : ErasureWorld
{
    private readonly Guid user = NewId();

    [Fact]
    public async Task Everything_of_the_user_goes_in_one_transaction()
    {
        Value(await Given.Hosted(new AnonymizeUserHandler(Erasure)).HandleAsync(new AnonymizeUser(user), Ct));

        ErasedInOneTransaction(user);
    }

    [Fact]
    public async Task Account_that_is_erased_already_is_not_found()
    {
        Anonymization.BeginAsync(user, Ct).Returns(UserErrors.NotFound);

        Assert.Equal(UserErrors.NotFound, Failure(await Given.Hosted(new AnonymizeUserHandler(Erasure)).HandleAsync(new AnonymizeUser(user), Ct)));
        await NothingErased();
    }

    [Fact]
    public async Task Lost_race_for_the_account_is_a_conflict()
    {
        Sessions.EndAllAsync(user, null, Ct).Returns(Task.FromException(new ConcurrencyConflictException(new InvalidOperationException())));

        Assert.Equal("CONFLICT", Failure(await Given.Hosted(new AnonymizeUserHandler(Erasure)).HandleAsync(new AnonymizeUser(user), Ct)).Code);
        await Transaction.DidNotReceiveWithAnyArgs().CommitAsync(default);
        await Transaction.Received(1).DisposeAsync();
    }
}

public class FinishErasureTests : ErasureWorld
{
    [Fact]
    public async Task It_waits_for_the_requests_that_were_running()
    {
        Assert.Equal(new Consumed.Postponed(TimeSpan.FromSeconds(1)), await FinishAsync(Later.AddSeconds(-59)));

        await Module.DidNotReceiveWithAnyArgs().EraseAsync(default, default);
    }

    [Fact]
    public async Task A_minute_later_it_erases_once_more_and_saves_once()
    {
        Assert.Equal(Consumed.Done, await FinishAsync(Later.AddMinutes(-1)));

        Received.InOrder(() =>
        {
            UnitOfWork.BeginAsync(Ct);
            Module.EraseAsync(Me, Ct);
            OtherModule.EraseAsync(Me, Ct);
            UnitOfWork.SaveAsync(Ct);
            Transaction.CommitAsync(Ct);
        });
    }

    private Task<Consumed> FinishAsync(DateTimeOffset anonymizedAt) =>
        new FinishErasure([Module, OtherModule], UnitOfWork, Clock).HandleAsync(new UserAnonymized(Me), new Message(NewId(), 1, false, CreatedAt: anonymizedAt), Ct);
}

public class ExportPersonalDataTests : UsersWorld
{
    private readonly IPersonalData full = Substitute.For<IPersonalData>();
    private readonly IPersonalData empty = Substitute.For<IPersonalData>();

    public ExportPersonalDataTests()
    {
        Users.FindAsync(Me, Arg.Any<CancellationToken>()).Returns(Dto);
        full.Section.Returns("full");
        full.ExportAsync(Me, Arg.Any<CancellationToken>()).Returns("all of it");
        full.ListFilesAsync(Me, Arg.Any<CancellationToken>()).Returns(new[] { new PersonalFile("avatar.webp", _ => Task.FromResult(Stream.Null)) }.ToAsyncEnumerable());
        empty.Section.Returns("empty");
        empty.ExportAsync(Me, Arg.Any<CancellationToken>()).Returns((object?)null);
        empty.ListFilesAsync(Me, Arg.Any<CancellationToken>()).Returns(AsyncEnumerable.Empty<PersonalFile>());
    }

    [Fact]
    public async Task Export_has_the_modules_that_keep_anything_their_files_and_an_entry()
    {
        var export = Value(await Hosted(SignedIn(Me)).HandleAsync(new ExportPersonalData("zip"), Ct));

        Assert.Equal(ExportFormat.Zip, export.Format);
        Assert.Equal([("full", (object)"all of it")], await export.ReadAsync(Ct).ToListAsync(Ct));
        Assert.Equal(["avatar.webp"], await export.ListFilesAsync(Ct).Select(file => file.Name).ToListAsync(Ct));
        Audit.Received(1).Record("users.export_own", AuditStatus.Success, "user", Me.ToString());
        await SavedOnce();
    }

    [Fact]
    public async Task Json_is_the_default() => Assert.Equal(ExportFormat.Json, Value(await Hosted(SignedIn(Me)).HandleAsync(new ExportPersonalData(null), Ct)).Format);

    [Fact]
    public async Task Other_formats_are_invalid_and_nothing_is_saved()
    {
        Assert.Equal(["format"], Failure(await Hosted(SignedIn(Me)).HandleAsync(new ExportPersonalData("pdf"), Ct)).Fields.Select(fault => fault.Field));
        await NothingSaved();
    }

    [Fact]
    public async Task Machine_and_erased_account_are_not_found_and_nothing_is_saved()
    {
        Assert.Equal(UserErrors.NotFound, Failure(await Hosted(Client()).HandleAsync(new ExportPersonalData(null), Ct)));
        Assert.Equal(UserErrors.NotFound, Failure(await Hosted(SignedIn(NewId())).HandleAsync(new ExportPersonalData(null), Ct)));
        await NothingSaved();
    }

    private IUseCase<ExportPersonalData, PersonalExport> Hosted(ICurrentActor actor) =>
        Given.Hosted(new ExportPersonalDataHandler([full, empty], Users, Audit, UnitOfWork, actor), new ExportPersonalDataValidator());
}
