using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.Storage;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;
using NSubstitute;
using NSubstitute.ExceptionExtensions;

namespace GoApi.UnitTests.Users;

public class SetAvatarTests : UsersWorld
{
    private static readonly SetAvatar Request = new(new byte[] { 1, 2, 3 });

    private readonly IAvatarImages images = Substitute.For<IAvatarImages>();
    private readonly IFileStore files = Substitute.For<IFileStore>();
    private readonly IAvatars avatars = Substitute.For<IAvatars>();
    private readonly List<string?> keys = [];

    public SetAvatarTests()
    {
        images.RenderAsync(Arg.Any<ReadOnlyMemory<byte>>(), Arg.Any<CancellationToken>()).Returns(new byte[] { 4, 5 });
        avatars.SetAsync(Me, Arg.Do<string?>(keys.Add), Arg.Any<CancellationToken>()).Returns(Done.Value);
    }

    [Fact]
    public async Task Bytes_are_kept_before_the_row_is_saved()
    {
        Value(await Hosted(SignedIn(Me)).HandleAsync(Request, Ct));

        Received.InOrder(() =>
        {
            files.PutAsync($"avatars/{keys[0]}", Arg.Any<Stream>(), Ct);
            UnitOfWork.SaveAsync(Ct);
        });
        await SavedOnce();
        await files.DidNotReceiveWithAnyArgs().DeleteAsync("", Ct);
    }

    [Fact]
    public async Task Each_picture_has_a_key_of_its_own()
    {
        for (var picture = 0; picture < 10; picture++) Value(await Hosted(SignedIn(Me)).HandleAsync(Request, Ct));

        Assert.Equal(10, keys.Distinct().Count());
        Assert.All(keys, key => Assert.Matches("^[0-9a-f]{32}$", key));
    }

    [Fact]
    public async Task Bytes_are_deleted_where_the_row_is_not_saved()
    {
        UnitOfWork.SaveAsync(Ct).ThrowsAsync(new ConcurrencyConflictException(new InvalidOperationException()));

        Assert.Equal("CONFLICT", Failure(await Hosted(SignedIn(Me)).HandleAsync(Request, Ct)).Code);

        await files.Received(1).DeleteAsync($"avatars/{keys[0]}", CancellationToken.None);
    }

    public static TheoryData<Error> Refusals => [UserErrors.NotAPicture, UserErrors.HugePicture, UserErrors.DamagedPicture];

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task What_is_no_picture_is_passed_on_and_nothing_is_kept(Error refusal)
    {
        images.RenderAsync(Arg.Any<ReadOnlyMemory<byte>>(), Ct).Returns(refusal);

        Assert.Equal(refusal, Failure(await Hosted(SignedIn(Me)).HandleAsync(Request, Ct)));
        await NothingKept();
    }

    [Fact]
    public async Task Machine_and_account_that_is_gone_are_not_found_and_nothing_is_kept()
    {
        Assert.Equal(UserErrors.NotFound, Failure(await Hosted(Client("profile:write")).HandleAsync(Request, Ct)));
        avatars.SetAsync(Me, Arg.Any<string?>(), Ct).Returns(UserErrors.NotFound);
        Assert.Equal(UserErrors.NotFound, Failure(await Hosted(SignedIn(Me)).HandleAsync(Request, Ct)));
        await NothingKept();
    }

    private async Task NothingKept()
    {
        await files.DidNotReceiveWithAnyArgs().PutAsync("", null!, Ct);
        await NothingSaved();
    }

    private IUseCase<SetAvatar, Done> Hosted(ICurrentActor actor) => Given.Hosted(new SetAvatarHandler(images, files, avatars, UnitOfWork, actor));
}

public class RemoveAvatarTests : UsersWorld
{
    private readonly IAvatars avatars = Substitute.For<IAvatars>();

    [Fact]
    public async Task Picture_is_taken_away_and_saved_once()
    {
        avatars.SetAsync(Me, null, Ct).Returns(Done.Value);

        Value(await Hosted(SignedIn(Me)).HandleAsync(new RemoveAvatar(), Ct));
        await SavedOnce();
    }

    [Fact]
    public async Task Machine_and_account_that_is_gone_are_not_found_and_nothing_is_saved()
    {
        Assert.Equal(UserErrors.NotFound, Failure(await Hosted(Client("profile:write")).HandleAsync(new RemoveAvatar(), Ct)));
        avatars.SetAsync(Me, null, Ct).Returns(UserErrors.NotFound);
        Assert.Equal(UserErrors.NotFound, Failure(await Hosted(SignedIn(Me)).HandleAsync(new RemoveAvatar(), Ct)));
        await NothingSaved();
    }

    private IUseCase<RemoveAvatar, Done> Hosted(ICurrentActor actor) => Given.Hosted(new RemoveAvatarHandler(avatars, UnitOfWork, actor));
}

public class DeleteDiscardedAvatarTests
{
    private readonly IFileStore files = Substitute.For<IFileStore>();

    [Fact]
    public async Task File_of_a_discarded_picture_is_deleted()
    {
        var key = AvatarKeys.Make();

        Assert.Equal(Consumed.Done, await new DeleteDiscardedAvatar(files).HandleAsync(new AvatarDiscarded(key), new Message(NewId(), 1, false), Ct));

        await files.Received(1).DeleteAsync($"avatars/{key}", Ct);
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("../0123456789abcdef0123456789abc")]
    [InlineData("0123456789ABCDEF0123456789ABCDEF")]
    [InlineData("0123456789abcdef0123456789abcdeg")]
    [InlineData("0123456789abcdef0123456789abcdef0")]
    public async Task What_is_no_key_is_no_file(string key)
    {
        Assert.Null(AvatarKeys.FileOf(key));
        Assert.Equal(Consumed.Done, await new DeleteDiscardedAvatar(files).HandleAsync(new AvatarDiscarded(key), new Message(NewId(), 1, false), Ct));
        await files.DidNotReceiveWithAnyArgs().DeleteAsync("", Ct);
    }
}
