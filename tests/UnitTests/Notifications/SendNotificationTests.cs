using System.Text.Json;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Application.Notifications;
using GoApi.Domain.Kernel;
using GoApi.Domain.Notifications;
using GoApi.Domain.Users;
using NSubstitute;

namespace GoApi.UnitTests.Notifications;

public class SendNotificationTests
{
    private static readonly SendNotification ToRole = new(null, "user", ["email", "in_app", "email"], null, null, "Hello", "Words", null, null);

    private readonly IBatches store = Substitute.For<IBatches>();
    private readonly ITemplates templates = Substitute.For<ITemplates>();
    private readonly IUnitOfWork unitOfWork = Substitute.For<IUnitOfWork>();
    private readonly Guid me = NewId();
    private readonly List<NotificationBatch> batches = [];

    public SendNotificationTests()
    {
        store.When(port => port.Add(Arg.Any<NotificationBatch>())).Do(call => batches.Add(call.Arg<NotificationBatch>()));
        templates.FindCategoryAsync("gone", Ct).Returns((string?)null);
        templates.FindCategoryAsync(NotificationBatch.Message, Ct).Returns("general");
        templates.FindCategoryAsync("orders.shipped", Ct).Returns("orders");
        templates.RenderAsync(null!, null, null!, Ct).ReturnsForAnyArgs(new RenderedMessage("orders", "", "", "", ""));
        store.FindMissingAsync(null!, Ct).ReturnsForAnyArgs(new HashSet<Guid>());
    }

    [Fact]
    public async Task Message_to_a_role_is_accepted_for_as_many_as_there_are()
    {
        store.CountAsync(null!, Ct).ReturnsForAnyArgs(42);

        var accepted = Value(await Hosted().HandleAsync(ToRole, Ct));

        var batch = Assert.Single(batches);
        Assert.Equal(new AcceptedBatch(batch.Id, 42), accepted);
        Assert.Equal((me, "user", NotificationBatch.Message, "general", """{"title":"Hello","content":"Words"}""", null), (batch.CreatedBy, batch.Role, batch.Template, batch.Category, batch.Variables, batch.SendAt));
        Assert.Equal(new[] { Channel.Email, Channel.InApp }.Order(), batch.Channels);
        await unitOfWork.Received(1).SaveAsync(Ct);
    }

    [Fact]
    public async Task Template_has_its_category_and_people_are_counted_once()
    {
        var (ada, bob) = (NewId(), NewId());
        var request = new SendNotification([ada, bob, ada], null, ["sms"], "orders.shipped", Json("""{"number":7}"""), null, null, null, Later.AddDays(1));

        Assert.Equal(2, Value(await Hosted().HandleAsync(request, Ct)).Accepted);

        Assert.Equal(("orders.shipped", "orders", """{"number":7}""", Later.AddDays(1)), (batches[0].Template, batches[0].Category, batches[0].Variables, batches[0].SendAt));
        Assert.Equal([ada, bob], batches[0].UserIds);
    }

    [Fact]
    public async Task Own_words_may_have_a_category_and_a_time_that_is_past_is_now()
    {
        Value(await Hosted().HandleAsync(ToRole with { Category = "news", SendAt = Later }, Ct));

        Assert.Equal(("news", null), (batches[0].Category, batches[0].SendAt));
    }

    [Fact]
    public async Task Unknown_users_are_named_by_their_places()
    {
        var (ada, unknown) = (NewId(), NewId());
        store.FindMissingAsync(null!, Ct).ReturnsForAnyArgs(new HashSet<Guid> { unknown });

        var error = Failure(await Hosted().HandleAsync(ToRole with { Role = null, UserIds = [unknown, ada, unknown] }, Ct));

        Assert.Equal(["user_ids[0]", "user_ids[2]"], error.Fields.Select(fault => fault.Field));
        await NothingHappened();
    }

    [Fact]
    public async Task Unknown_template_and_one_that_cannot_be_rendered_are_refused()
    {
        var request = ToRole with { Title = null, Content = null, Template = "gone" };
        Assert.Equal("template", Assert.Single(Failure(await Hosted().HandleAsync(request, Ct)).Fields).Field);

        templates.RenderAsync(null!, null, null!, Ct).ReturnsForAnyArgs(Error.Invalid("text", "Line 1: no."));
        Assert.Equal("text", Assert.Single(Failure(await Hosted().HandleAsync(request with { Template = "orders.shipped" }, Ct)).Fields).Field);
        await NothingHappened();
    }

    [Fact]
    public void Faults_are_named_at_once()
    {
        Assert.Equal(["user_ids", "channels", "template", "title", "content"], Faults(new SendNotification(null, null, null, null, null, null, null, null, null)).Order(Fields));
        Assert.Equal(
            ["user_ids", "role", "channels[1]", "template", "variables", "category", "send_at"],
            Faults(new SendNotification([NewId()], "king", ["email", "pigeon"], Text(101), Json("[]"), "Title", null, "news", Later.AddDays(367))).Order(Fields));
        Assert.Equal(["user_ids", "channels", "variables", "title", "content", "category"], Faults(new SendNotification([], null, [], null, Json("{}"), "", "", "News", null)).Order(Fields));
    }

    [Fact]
    public void Sizes_have_boundaries()
    {
        var people = Enumerable.Range(0, 1_001).Select(_ => NewId()).ToArray();
        var fits = new SendNotification(people[..1_000], null, ["email"], null, null, Text(200), Text(5_000), Text(32), Later.AddDays(366));
        Assert.Empty(Faults(fits));
        Assert.Empty(Faults(fits with { Title = null, Content = null, Category = null, Template = Text(100), Variables = Json($$"""{"a":"{{Text(16_376)}}"}""") }));

        Assert.Equal(
            ["user_ids", "title", "content", "category", "send_at"],
            Faults(fits with { UserIds = people, Title = Text(201), Content = Text(5_001), Category = Text(33), SendAt = Later.AddDays(366).AddTicks(1) }).Order(Fields));
        Assert.Equal(["variables"], Faults(fits with { Title = null, Content = null, Category = null, Template = "a", Variables = Json($$"""{"a":"{{Text(16_377)}}"}""") }));
    }

    private static readonly Comparer<string> Fields = Comparer<string>.Create((one, other) => Place(one).CompareTo(Place(other)));

    private static int Place(string field) => Array.FindIndex(["user_ids", "role", "channels", "template", "variables", "title", "content", "category", "send_at"], name => field.StartsWith(name, StringComparison.Ordinal));

    private static string[] Faults(SendNotification request) => new SendNotificationValidator(Clock).Faults(request);

    private static JsonElement Json(string text) => JsonSerializer.Deserialize<JsonElement>(text);

    private async Task NothingHappened()
    {
        Assert.Empty(batches);
        await unitOfWork.DidNotReceiveWithAnyArgs().SaveAsync(Ct);
    }

    private IUseCase<SendNotification, AcceptedBatch> Hosted() =>
        Given.Hosted(new SendNotificationHandler(store, templates, unitOfWork, SignedIn(me, Role.Admin), Clock), new SendNotificationValidator(Clock));
}

public class SetPreferencesTests
{
    private readonly INotificationRepository notifications = Substitute.For<INotificationRepository>();
    private readonly INotificationQueries queries = Substitute.For<INotificationQueries>();
    private readonly IUnitOfWork unitOfWork = Substitute.For<IUnitOfWork>();
    private readonly Guid me = NewId();
    private readonly List<NotificationPreference> added = [];

    public SetPreferencesTests()
    {
        notifications.When(repository => repository.Add(Arg.Any<NotificationPreference>())).Do(call => added.Add(call.Arg<NotificationPreference>()));
        notifications.FindPreferencesAsync(me, Ct).Returns([]);
        queries.ListPreferencesAsync(me, Ct).Returns(new PreferencesDto([]));
    }

    [Fact]
    public async Task What_is_named_is_set_and_the_last_word_counts()
    {
        var known = new NotificationPreference(me, "news", Channel.Email, true);
        notifications.FindPreferencesAsync(me, Ct).Returns([known]);

        Value(await Hosted(SignedIn(me)).HandleAsync(new SetPreferences([new("news", "email", false), new("orders", "sms", false), new("orders", "sms", true)]), Ct));

        Assert.False(known.IsEnabled);
        var one = Assert.Single(added);
        Assert.Equal((me, "orders", Channel.Sms, true), (one.UserId, one.Category, one.Channel, one.IsEnabled));
        await unitOfWork.Received(1).SaveAsync(Ct);
    }

    [Fact]
    public async Task Security_can_be_confirmed_and_not_turned_off()
    {
        Value(await Hosted(SignedIn(me)).HandleAsync(new SetPreferences([new("security", "email", true)]), Ct));
        unitOfWork.ClearReceivedCalls();

        var error = Failure(await Hosted(SignedIn(me)).HandleAsync(new SetPreferences([new("news", "email", true), new("security", "email", false)]), Ct));

        Assert.Equal("preferences[1].enabled", Assert.Single(error.Fields).Field);
        await unitOfWork.DidNotReceiveWithAnyArgs().SaveAsync(Ct);
    }

    [Fact]
    public async Task Faults_are_named_at_once()
    {
        var error = Failure(await Hosted(SignedIn(me)).HandleAsync(new SetPreferences([new("News", "pigeon", null), new("", "", true), null!]), Ct));

        Assert.Equal(
            ["preferences[0].category", "preferences[0].channel", "preferences[0].enabled", "preferences[1].category", "preferences[1].channel", "preferences[2]"], error.Fields.Select(fault => fault.Field).Order());
        Assert.Equal(["preferences"], new SetPreferencesValidator().Faults(new SetPreferences(null)));
        Assert.Equal(["preferences"], new SetPreferencesValidator().Faults(new SetPreferences([.. Enumerable.Repeat(new PreferenceChange("news", "email", true), 101)])));
    }

    [Fact]
    public async Task Program_has_no_preferences() =>
        Assert.Equal(NotificationErrors.OnlyUsers, Failure(await Hosted(Client("notifications")).HandleAsync(new SetPreferences([]), Ct)));

    private IUseCase<SetPreferences, PreferencesDto> Hosted(ICurrentActor actor) => Given.Hosted(new SetPreferencesHandler(notifications, queries, unitOfWork, actor), new SetPreferencesValidator());
}

public class RetryDeliveryTests : CourierWorld
{
    private readonly INotificationQueries queries = Substitute.For<INotificationQueries>();
    private readonly Application.Abstractions.Auditing.IAuditTrail audit = Substitute.For<Application.Abstractions.Auditing.IAuditTrail>();
    private readonly IUnitOfWork unitOfWork = Substitute.For<IUnitOfWork>();
    private readonly ITransaction transaction = Substitute.For<ITransaction>();
    private readonly Delivery delivery = Delivery.To(Channel.Email, "ada@example.com", "Hello", "Words", Start);

    public RetryDeliveryTests()
    {
        unitOfWork.BeginAsync(Ct).Returns(transaction);
        Deliveries.FindAsync(delivery.Id, Ct).Returns(delivery);
        Deliveries.ReopenAsync(delivery.Id, Ct).Returns(true);
        queries.FindDeliveryAsync(delivery.Id, Ct).Returns(new DeliveryDto { Category = "general" });
        delivery.GiveUp(3, Later);
    }

    [Fact]
    public async Task Dead_one_is_pending_again_with_its_message_in_one_transaction()
    {
        Value(await Hosted().HandleAsync(new RetryDelivery(delivery.Id), Ct));

        Assert.Equal(DeliveryState.Pending, delivery.State);
        Received.InOrder(() =>
        {
            unitOfWork.BeginAsync(Ct);
            Deliveries.ReopenAsync(delivery.Id, Ct);
            audit.Record("notifications.retry", Application.Abstractions.Auditing.AuditStatus.Success, "delivery", delivery.Id.ToString());
            unitOfWork.SaveAsync(Ct);
            transaction.CommitAsync(Ct);
        });
    }

    [Fact]
    public async Task Unknown_sent_or_busy_one_is_not()
    {
        Assert.Equal(NotificationErrors.NoSuchDelivery, Failure(await Hosted().HandleAsync(new RetryDelivery(NewId()), Ct)));

        Deliveries.ReopenAsync(delivery.Id, Ct).Returns(false);
        Assert.Equal(NotificationErrors.TooOld, Failure(await Hosted().HandleAsync(new RetryDelivery(delivery.Id), Ct)));
        // It waits by now, and a worker has taken it meanwhile.
        Assert.Equal(NotificationErrors.InWork, Failure(await Hosted().HandleAsync(new RetryDelivery(delivery.Id), Ct)));

        delivery.Judge(DeliveryVerdict.Delivered, null, Later);
        Assert.Equal(NotificationErrors.SentAlready, Failure(await Hosted().HandleAsync(new RetryDelivery(delivery.Id), Ct)));

        await unitOfWork.DidNotReceiveWithAnyArgs().SaveAsync(Ct);
        await transaction.DidNotReceiveWithAnyArgs().CommitAsync(Ct);
    }

    private IUseCase<RetryDelivery, DeliveryDto> Hosted() => Given.Hosted(new RetryDeliveryHandler(Deliveries, queries, audit, unitOfWork, Clock));
}
